using Octomil.Testing;

namespace Octomil.Benchmarks;

/// <summary>Servers in processes of their own on a new database and a data folder of theirs.</summary>
internal sealed class ServerCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly string _database;

    private ServerCluster(DirectoryInfo folder, string database, List<TrainingService> servers) => (_folder, _database, Servers) = (folder, database, servers);

    /// <summary>Those that run.</summary>
    public List<TrainingService> Servers { get; }

    /// <summary>The processor time that all of them have used.</summary>
    public TimeSpan ProcessorTime => Servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + server.Process.ProcessorTime);

    public static async Task<ServerCluster> StartAsync(PostgresServer postgres, int servers, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octomil-cluster-");
        var database = await postgres.CreateDatabaseAsync(cancellationToken);
        var cluster = new ServerCluster(folder, database, []);

        try
        {
            var starting = Enumerable.Range(0, servers).Select(_ => cluster.AddAsync(cancellationToken));
            await Task.WhenAll(starting);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task KillAsync(TrainingService server)
    {
        Servers.Remove(server);
        await server.DisposeAsync();
    }

    public async Task AddAsync(CancellationToken cancellationToken)
    {
        var server = await TrainingService.StartAsync(_database, _folder.FullName, cancellationToken);

        lock (Servers)
        {
            Servers.Add(server);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Servers.Select(server => server.DisposeAsync().AsTask()));
        _folder.Delete(recursive: true);
    }
}
