using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Octomil.Storage.Payloads;
using Octomil.Storage.Sqlite;

namespace Octomil.Storage;

/// <summary>The whole of storage on a data folder of its own, as the server wires it, without a silo.</summary>
internal sealed class TestStorage : IDisposable
{
    private readonly bool _ownsRoot;
    private readonly ServiceProvider _services;

    public TestStorage(string? root = null, Action<StorageOptions>? configure = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("octomil-").FullName;
        var options = new StorageOptions { DataFolder = Root };
        configure?.Invoke(options);

        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.AddSingleton(Options.Create(options)).AddOctomilDataProtection();
        services.AddSingleton<SqliteDatabase>().AddSingleton<IDatabase>(provider => provider.GetRequiredService<SqliteDatabase>()).AddSingleton<FolderPayloads>().AddSingleton<SqliteErasure>().AddSingleton<StorageProbe>();
        services.AddSingleton<IPayloadLifecycle>(provider => provider.GetRequiredService<FolderPayloads>());
        services.AddSingleton<IKeyHalves>(provider => provider.GetRequiredService<FolderPayloads>()).AddSingleton<SqliteDeviceRegistry>().AddSingleton<SqliteVersionReports>().AddSingleton<SqliteAuditLog>();
        services.AddSingleton<SqliteExperimentObservations>();
        _services = services.BuildServiceProvider();

        Folder.Open();
        Payloads.Open();
        Database.Open();
    }

    public string Root { get; }

    public DataFolder Folder => _services.GetRequiredService<DataFolder>();

    public FolderPayloads Payloads => _services.GetRequiredService<FolderPayloads>();

    public SqliteDatabase Database => _services.GetRequiredService<SqliteDatabase>();

    public SqliteErasure Erasure => _services.GetRequiredService<SqliteErasure>();

    public SqliteVersionReports Reports => _services.GetRequiredService<SqliteVersionReports>();

    public SqliteDeviceRegistry Registry => _services.GetRequiredService<SqliteDeviceRegistry>();

    public SqliteExperimentObservations Observations => _services.GetRequiredService<SqliteExperimentObservations>();

    public SqliteAuditLog AuditLog => _services.GetRequiredService<SqliteAuditLog>();

    public StorageProbe Probe => _services.GetRequiredService<StorageProbe>();

    public IRoundKeys Keys => _services.GetRequiredService<IRoundKeys>();

    public IDataProtectionProvider Protection => _services.GetRequiredService<IDataProtectionProvider>();

    public string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    public string KeyFile(string roundId) => PathOf("payloads", "rounds", roundId, "key");

    public IEnumerable<string> Files() => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories);

    public void Dispose()
    {
        // What a container disposes it must have made; a test may not have asked for all of it.
        _services.Dispose();

        if (_ownsRoot)
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
