using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Storage;
using Octomil.Testing;
using Orleans.Storage;
using Orleans.TestingHost;
using Xunit;

namespace Octomil.Webhooks;

/// <summary>A silo with real storage that can be started anew, and receivers on loopback.</summary>
public sealed class WebhookScene : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("octomil-webhooks-").FullName;
    private readonly List<WebhookReceiver> _receivers = [];
    private InProcessTestCluster _cluster = null!;

    public IGrainFactory Grains => _cluster.Client;

    public IServiceProvider Services => _cluster.Silos[0].ServiceProvider;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        foreach (var receiver in _receivers)
        {
            await receiver.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
    }

    public async Task<WebhookReceiver> ReceiverAsync(Func<int, int?>? answer = null)
    {
        var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = answer ?? receiver.Answer;
        _receivers.Add(receiver);
        return receiver;
    }

    /// <summary>An organization with a webhook to the receiver for all events.</summary>
    public async Task<CreateWebhookResult> HookAsync(string organization, WebhookReceiver receiver)
    {
        await Grains.GetOrganization(organization).CreateAsync(organization);
        var created = await Grains.GetWebhooks(organization).CreateAsync(receiver.Url, WebhookEventTypes.All);
        Assert.Equal(CreateWebhookDecision.Created, created.Decision);
        return created;
    }

    public async Task RestartAsync()
    {
        await _cluster.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Waits until nothing is on its way any more and returns where things stand.</summary>
    public async Task<WebhookSnapshot> SettledAsync(string organization, string webhookId)
    {
        while (true)
        {
            if (await Grains.GetWebhook(organization, webhookId).GetAsync() is { Pending: 0 } snapshot)
            {
                return snapshot;
            }

            await Task.Delay(10, Cancellation);
        }
    }

    /// <summary>Writes a row as a silo does that dies right after.</summary>
    internal async Task WriteAsync<TState>(string name, GrainId grain, TState state)
        where TState : class, new()
    {
        var storage = Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains);
        var row = new GrainState<TState>(new TState());
        await storage.ReadStateAsync(name, grain, row);
        row.State = state;
        await storage.WriteStateAsync(name, grain, row);
    }

    private async Task StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(
        [
            new($"{StorageOptions.Section}:DataFolder", _root),
            new($"{WebhookOptions.Section}:AllowPrivateAddresses", "true"),
            new($"{WebhookOptions.Section}:FirstPause", "00:00:00.020"),
            new($"{WebhookOptions.Section}:LongestPause", "00:00:00.100"),
        ]));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage().AddOctomilGrains());
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
    }
}
