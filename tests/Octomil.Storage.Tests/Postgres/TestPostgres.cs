using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Octomil.Storage.Payloads;
using Octomil.Testing;
using Xunit;

namespace Octomil.Storage.Postgres;

/// <summary>Storage on a database and a shared folder, as one server of a cluster wires it, without a silo.</summary>
internal sealed class TestPostgres : IAsyncDisposable
{
    private readonly bool _ownsRoot;
    private readonly ServiceProvider _services;

    /// <param name="connectionString">The database.</param>
    /// <param name="root">Null: a temporary folder, deleted in the end.</param>
    public TestPostgres(string connectionString, string? root = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("octomil-").FullName;

        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.AddSingleton(Options.Create(new StorageOptions { DataFolder = Root }));
        services.AddSingleton(Options.Create(new ClusterOptions { Mode = ClusterOptions.Cluster, ConnectionString = connectionString }));
        services.AddOctomilDataProtection().AddSingleton<FolderPayloads>().AddSingleton<IKeyHalves>(provider => provider.GetRequiredService<FolderPayloads>());
        services.AddSingleton<IPayloadLifecycle>(provider => provider.GetRequiredService<FolderPayloads>());
        services.AddSingleton(NpgsqlDataSource.Create(connectionString)).AddSingleton<IDatabase, PostgresDatabase>().AddSingleton<PostgresDeviceRegistry>();
        services.AddSingleton<PostgresVersionReports>().AddSingleton<PostgresAuditLog>().AddSingleton<PostgresExperimentObservations>();
        services.AddSingleton<StorageProbe>().AddSingleton<StorageStart>();
        _services = services.BuildServiceProvider();
    }

    public string Root { get; }

    public NpgsqlDataSource Source => _services.GetRequiredService<NpgsqlDataSource>();

    public PostgresVersionReports Reports => _services.GetRequiredService<PostgresVersionReports>();

    public PostgresDeviceRegistry Registry => _services.GetRequiredService<PostgresDeviceRegistry>();

    public PostgresExperimentObservations Observations => _services.GetRequiredService<PostgresExperimentObservations>();

    public PostgresAuditLog AuditLog => _services.GetRequiredService<PostgresAuditLog>();

    public FolderPayloads Payloads => _services.GetRequiredService<FolderPayloads>();

    public IRoundKeys Keys => _services.GetRequiredService<IRoundKeys>();

    public StorageProbe Probe => _services.GetRequiredService<StorageProbe>();

    /// <summary>On a new database of the shared server. Skips the test where there is no PostgreSQL.</summary>
    public static async Task<TestPostgres> OpenAsync(CancellationToken cancellationToken)
    {
        var storage = new TestPostgres(await CreateDatabaseAsync(cancellationToken));
        await storage.OpenStorageAsync(cancellationToken);
        return storage;
    }

    public static async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        return await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(cancellationToken);
    }

    public Task OpenStorageAsync(CancellationToken cancellationToken) => _services.GetRequiredService<StorageStart>().OpenAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();

        if (_ownsRoot)
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
