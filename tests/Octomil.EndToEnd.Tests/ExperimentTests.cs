using System.Net.Http.Json;
using System.Text.Json;
using Octomil.Client;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>Two versions compared by the command line on devices of the .NET SDK, with the server killed in between.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const int Devices = 40;

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-experiment-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Experiment_WithABetterTreatment_BecomesSignificant_AndItsPromotionReachesEveryDevice()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(DeviceAgents.Architecture, Cancellation);
        await tenant.PushSecondAsync(DeviceAgents.Architecture, Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var clients = Enumerable.Range(0, Devices).Select(index => Follower(tenant, index)).ToList();
        var running = clients.ConvertAll(client => client.FollowVersionsAsync(stop.Token));
        try
        {
            await tenant.UntilAsync(() => Task.FromResult(clients.All(client => client.DeviceId is not null)), "the devices to be registered", Cancellation);
            await tenant.OctomilAsync(0, Cancellation, "deploy", Tenant.Model, "--version", "1.0.0", "--rollout", "100%");
            await tenant.OctomilAsync(
                0, Cancellation, "experiment", "create", "headline", "--model", Tenant.Model, "--control", "1.0.0", "--treatment", "2.0.0", "--traffic-split", "50", "--min-samples", "10");
            await server.KillAsync();
            await server.StartAsync(Cancellation);

            // Each device comes to its arm's version, and learns how often that is right.
            var arms = await ArmsAsync(tenant, clients);
            await Assert.AllAsync(clients, client => VersionAsync(tenant, client, arms[client.DeviceIdentifier]));
            foreach (var (client, index) in clients.Select((client, index) => (client, index)))
            {
                var current = client.Versions!.GetCurrent(Tenant.Model)!;
                client.Telemetry.Record(current.ModelId, current.Version, TimeSpan.FromMilliseconds(3));
                client.Telemetry.RecordEvaluation(current.ModelId, current.Version, 20, (current.Version == "2.0.0" ? 0.85 : 0.6) + (0.01 * (index % 7)));
            }

            var results = await tenant.OctomilAsync(0, Cancellation, "experiment", "results", "headline", "--watch");
            Assert.True(results.Says("Verdict: treatment (2.0.0) is better"), results.Log());
            Assert.True(results.Says("Difference in accuracy: +0.2"), results.Log());

            await tenant.OctomilAsync(0, Cancellation, "experiment", "promote", "headline");
            await tenant.OctomilAsync(0, Cancellation, "rollout", "status", Tenant.Model, "--watch");
            await Assert.AllAsync(clients, client => VersionAsync(tenant, client, "2.0.0"));
            var refused = await tenant.OctomilAsync(1, Cancellation, "experiment", "promote", "headline", "--variant", "control");
            Assert.True(refused.Says("treatment was promoted"), refused.Log());
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            clients.ForEach(client => client.Dispose());
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private FederatedClient Follower(Tenant tenant, int index) => new(
        tenant.Key, $"hospital-{index:000}", new FederatedClientOptions { ApiBase = tenant.Server.Address, VersionFolder = Path.Combine(_folder, $"{index}") });

    private static async Task<Dictionary<string, string>> ArmsAsync(Tenant tenant, IEnumerable<FederatedClient> clients)
    {
        var arms = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var client in clients)
        {
            var arm = await tenant.Http.GetFromJsonAsync<JsonElement>($"/api/v1/experiments/headline/assign?device_id={client.DeviceIdentifier}", Cancellation);
            arms[client.DeviceIdentifier] = arm.GetProperty("model_version").GetString()!;
        }

        Assert.Equal(["1.0.0", "2.0.0"], arms.Values.Distinct().Order(StringComparer.Ordinal));
        return arms;
    }

    private static Task VersionAsync(Tenant tenant, FederatedClient client, string version) => tenant.UntilAsync(
        () => Task.FromResult(client.Versions!.GetCurrent(Tenant.Model)?.Version == version), $"{client.DeviceIdentifier} to run {version}", Cancellation);
}
