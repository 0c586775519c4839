using System.Globalization;
using Npgsql;
using Octomil.EndToEnd.Cluster;
using Octomil.Storage.S3;
using Octomil.Testing;
using Xunit;

namespace Octomil.EndToEnd.Schedules;

/// <summary>
/// Three servers with everything around them that can go wrong: a database of their own, a bucket behind a proxy that misbehaves when told
/// to, small disks, a network that can be cut, and nginx before them.
/// </summary>
internal sealed class FaultCluster : IAsyncDisposable
{
    private const string Bucket = "payloads";
    private const string SiloPort = "11111";
    private const int Active = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(3);

    private readonly Stack<object> _parts = [];
    private readonly List<string> _log = [];
    private string _connection = "";

    private FaultCluster()
    {
    }

    public SiloNetwork Network { get; private set; } = null!;

    public PostgresServer Database { get; private set; } = null!;

    public BucketProxy BucketProxy { get; private set; } = null!;

    /// <summary>The local disk of each silo, and the one that they share.</summary>
    public TemporaryDisk[] Disks { get; private set; } = [];

    public TemporaryDisk SharedDisk { get; private set; } = null!;

    public ServerProcess[] Servers { get; private set; } = [];

    public string Address { get; private set; } = "";

    private SwiftServer Swift { get; set; } = null!;

    /// <summary>Skips the test where something is not installed or not permitted.</summary>
    public static async Task<FaultCluster> StartAsync(CancellationToken cancellationToken)
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        var cluster = new FaultCluster();

        try
        {
            await cluster.StartAllAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server that was killed or has ended itself.</summary>
    public void Launch(int silo) => Servers[silo].Launch();

    /// <summary>kill -9.</summary>
    public async Task KillAsync(int silo)
    {
        await Servers[silo].Process.KillAsync();
        _log.AddRange(LinesOf(silo));
        await Servers[silo].KillAsync();
    }

    /// <summary>
    /// Waits until every silo is an active member and its server is ready; one that has ended itself, as a silo does that learns that it
    /// was taken for dead, is started again.
    /// </summary>
    public async Task AllActiveAsync(CancellationToken cancellationToken)
    {
        for (var silo = 0; silo < Servers.Length; silo++)
        {
            var number = silo;
            await Wait.UntilAsync(() => IsActiveAsync(number, cancellationToken), $"silo {silo} to be active", Log, cancellationToken);
        }
    }

    /// <summary>
    /// Starts all servers again, so that they collect what nothing refers to, however new it is; waits until the bucket holds the given
    /// weights and nothing else, and no disk anything of a round.
    /// </summary>
    public async Task CollectAsync(IEnumerable<string> weights, CancellationToken cancellationToken)
    {
        foreach (var silo in Enumerable.Range(0, Servers.Length))
        {
            await KillAsync(silo);
            await Servers[silo].DisposeAsync();
        }

        Servers = [.. Enumerable.Range(0, FaultSchedule.Silos).Select(silo => Server(
            silo, ("Octomil__Rounds__WeightsGrace", "00:00:01"), ("Octomil__Rounds__SweepInterval", "00:00:02")))];
        await Task.WhenAll(Servers.Select(server => server.StartAsync(cancellationToken)));
        var wanted = weights.Select(sha256 => $"weights/{sha256[..2]}/{sha256}").Order(StringComparer.Ordinal).ToArray();
        var left = "";
        await Wait.UntilAsync(
            async () => (left = await LeftoversAsync(wanted)).Length == 0, "nothing to be left over", () => $"There is still, or no more: {left}\n{Log()}", cancellationToken);
    }

    /// <summary>What every server said, those that ended too.</summary>
    public string Log()
    {
        var running = Enumerable.Range(0, Servers.Length).Where(silo => Servers[silo].IsRunning);
        return string.Join('\n', _log.Concat(running.SelectMany(LinesOf)));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Servers.Select(server => server.DisposeAsync().AsTask()));

        while (_parts.TryPop(out var part))
        {
            await ((part as IAsyncDisposable)?.DisposeAsync() ?? ValueTask.CompletedTask);
            (part as IDisposable)?.Dispose();
        }
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        Network = Part(SiloNetwork.Create(FaultSchedule.Silos));
        Disks = [.. Enumerable.Range(0, FaultSchedule.Silos).Select(_ => Part(TemporaryDisk.Mount()))];
        SharedDisk = Part(TemporaryDisk.Mount());
        Swift = Part(new SwiftServer());
        await Task.WhenAll(StartDatabaseAsync(cancellationToken), Swift.InitializeAsync().AsTask());
        await Swift.CreateBucketAsync(Bucket);
        BucketProxy = Part(new BucketProxy(Network.OwnHost, Swift.Port));
        Servers = [.. Enumerable.Range(0, FaultSchedule.Silos).Select(silo => Server(silo))];
        await Task.WhenAll(Servers.Select(server => server.StartAsync(cancellationToken)));
        Address = Part(await NginxProcess.StartAsync(Servers)).Address;
    }

    private async Task StartDatabaseAsync(CancellationToken cancellationToken)
    {
        Database = Part(await PostgresServer.StartAsync(cancellationToken, Network.Own));
        _connection = await Database.CreateDatabaseAsync(cancellationToken);
    }

    private T Part<T>(T part) where T : notnull
    {
        _parts.Push(part);
        return part;
    }

    private ServerProcess Server(int silo, params ReadOnlySpan<(string Name, string Value)> settings) => new(
        SharedDisk.Folder,
        [
            ("ASPNETCORE_ENVIRONMENT", "Cluster"),
            ("OCTOMIL_DATABASE", _connection),
            ("Octomil__Cluster__Port", SiloPort),
            ("Octomil__Cluster__AdvertisedAddress", Network.Places[silo].Host),
            ("Octomil__Storage__S3__Bucket", Bucket),
            ("Octomil__Storage__S3__Endpoint", BucketProxy.Endpoint),
            ("Octomil__Storage__S3__PathStyle", "true"),
            ("Octomil__Storage__S3__Attempts", "2"),
            ("Octomil__Storage__S3__CacheFolder", Disks[silo].Folder),
            ("AWS_ACCESS_KEY_ID", SwiftServer.AccessKey),
            ("AWS_SECRET_ACCESS_KEY", SwiftServer.SecretKey),
            .. settings,
        ])
    {
        Place = Network.Places[silo],
    };

    private async Task<bool> IsActiveAsync(int silo, CancellationToken cancellationToken)
    {
        if (Servers[silo].Process.HasEnded)
        {
            await KillAsync(silo);
            Launch(silo);
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ShortPatience);
            using var ready = await Servers[silo].Http.GetAsync("/health/ready", limit.Token);
            return ready.IsSuccessStatusCode && await StatusAsync(silo, limit.Token) == Active;
        }
        catch (Exception exception) when (exception is NpgsqlException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
        finally
        {
            await Task.Delay(Pause, cancellationToken);
        }
    }

    // Of the newest that had this address: a silo that starts again is another member.
    private async Task<int> StatusAsync(int silo, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(_connection + ";Pooling=false");
        await using var ask = source.CreateCommand("SELECT status FROM OrleansMembershipTable WHERE address = $1 ORDER BY generation DESC LIMIT 1");
        ask.Parameters.Add(new NpgsqlParameter { Value = Network.Places[silo].Host });
        return Convert.ToInt32(await ask.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    // What is there and should not be, and what is not there and should be.
    private async Task<string> LeftoversAsync(string[] wanted)
    {
        var objects = await Swift.ListAsync(Bucket);
        var files = Disks.Select(disk => Path.Combine(disk.Folder, "tmp")).Append(Path.Combine(SharedDisk.Folder, "payloads", "rounds"))
            .SelectMany(folder => Directory.GetFileSystemEntries(folder));
        return string.Join(", ", objects.Except(wanted).Concat(wanted.Except(objects)).Concat(files));
    }

    private IEnumerable<string> LinesOf(int silo) => [$"== silo {silo}, {Servers[silo].Address}", .. Servers[silo].Process.Lines];
}
