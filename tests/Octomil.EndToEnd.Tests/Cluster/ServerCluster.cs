using Octomil.Learning.Weights;
using Octomil.Testing;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>Real server processes on one real PostgreSQL database and one data folder.</summary>
internal sealed class ServerCluster : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-cluster-").FullName;

    private ServerCluster(string database, int servers, params (string Name, string Value)[] settings) => (Database, Servers) = (database, [.. Enumerable.Range(0, servers).Select(_ => new ServerProcess(
        _folder,
    [
        ("ASPNETCORE_ENVIRONMENT", "Cluster"),
        ("OCTOMIL_DATABASE", database),
        ("Octomil__Cluster__Port", "0"),
        ("Octomil__Cluster__AdvertisedAddress", "127.0.0.1"),
        ("Logging__LogLevel__Octomil.Training.RoundGrain", "Debug"),
        .. settings,
    ]))]);

    public string Database { get; }

    public ServerProcess[] Servers { get; }

    /// <summary>Starts the servers at once, on a new database. Skips the test where there is no PostgreSQL.</summary>
    /// <param name="servers">How many.</param>
    /// <param name="postgres">Null: the one that all tests share.</param>
    public static async Task<ServerCluster> StartAsync(int servers, PostgresServer? postgres = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        var cluster = new ServerCluster(await (postgres ?? await PostgresServer.SharedAsync()).CreateDatabaseAsync(cancellation), servers);
        await Task.WhenAll(cluster.Servers.Select(server => server.StartAsync(cancellation)));
        return cluster;
    }

    /// <summary>The same with settings of their own, and without waiting until they answer.</summary>
    public static async Task<ServerCluster> LaunchAsync(int servers, params (string Name, string Value)[] settings)
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        var cluster = new ServerCluster(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(TestContext.Current.CancellationToken), servers, settings);
        Array.ForEach(cluster.Servers, server => server.Launch());
        return cluster;
    }

    /// <summary>An organization with a model, and devices that are spread over the servers.</summary>
    public async Task<(Tenant Tenant, ScriptedDevice[] Devices)> CreateTenantAsync(WeightsLayout layout, int devices)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var tenant = await Tenant.CreateAsync(Servers[0], cancellation);
        await tenant.PushAsync(layout, cancellation);
        var registered = await ScriptedDevice.RegisterAsync(tenant, layout, devices, cancellation);
        return (tenant, [.. registered.Select((device, number) => Move(device, tenant, layout, number, Servers[number % Servers.Length]))]);
    }

    /// <summary>The same device, as it talks to another server.</summary>
    public static ScriptedDevice Move(ScriptedDevice device, Tenant tenant, WeightsLayout layout, int number, ServerProcess server) =>
        new(tenant.On(server), layout, number, device.Id);

    /// <summary>The server whose silo has opened the round.</summary>
    public async Task<ServerProcess> HostOfAsync(string roundId)
    {
        ServerProcess? host = null;
        await Wait.UntilAsync(
            () => Task.FromResult((host = Servers.FirstOrDefault(server => server.IsRunning && server.Process.Says($"Round {roundId} (number"))) is not null),
            "a server to say that it opened the round", Log, TestContext.Current.CancellationToken);
        return host!;
    }

    public string Log() => string.Join('\n', Servers.Where(server => server.IsRunning).Select(server => $"== {server.Address}\n{server.Process.Log()}"));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Servers.Select(server => server.DisposeAsync().AsTask()));
        Directory.Delete(_folder, recursive: true);
    }
}
