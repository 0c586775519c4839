using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Octomil.Storage;

/// <summary>A real silo on our storage, with a data folder of its own that outlives it.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private readonly Dictionary<string, string?> _settings;
    private InProcessTestCluster? _cluster;

    private TestSilo(Dictionary<string, string?> settings) =>
        _settings = new(settings) { [$"{StorageOptions.Section}:DataFolder"] = _root };

    public IServiceProvider Services => _cluster!.Silos[0].ServiceProvider;

    public IGrainStorage Grains => Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains);

    public IReminderTable Reminders => Services.GetRequiredService<IReminderTable>();

    public static async Task<TestSilo> StartAsync(Dictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        var silo = new TestSilo(settings);
        await silo.StartAsync(cancellationToken);
        return silo;
    }

    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await _cluster!.DisposeAsync();
        await StartAsync(cancellationToken);
    }

    public async Task<GrainState<List<string>>> ReadAsync(GrainId id)
    {
        var state = new GrainState<List<string>>();
        await Grains.ReadStateAsync("state", id, state);
        return state;
    }

    public Task WriteAsync(GrainId id, GrainState<List<string>> state, string value)
    {
        state.State = [value];
        return Grains.WriteStateAsync("state", id, state);
    }

    public static ReminderEntry Reminder(GrainId grain, string name, int minutes = 1) => new()
    {
        GrainId = grain,
        ReminderName = name,
        StartAt = new DateTime(2030, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc),
        Period = TimeSpan.FromMinutes(minutes),
    };

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(_settings));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage());
        _cluster = builder.Build();
        await _cluster.DeployAsync(cancellationToken);
    }
}
