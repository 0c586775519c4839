using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage.Postgres;

/// <summary>What several servers have in common: the schema, the data folder, the key ring, the rounds' keys.</summary>
public sealed class SharedStorageTests : IDisposable
{
    public const string ChildArgument = "open-postgres";

    private const int Servers = 4;

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_OfSeveralProcessesAtOnce_MakesOneSchemaAndOneKeyRing()
    {
        var database = await TestPostgres.CreateDatabaseAsync(Cancellation);
        var children = Enumerable.Range(0, Servers).Select(_ => StartChild(database)).ToList();

        // All are up and wait for this line.
        await Task.WhenAll(children.Select(child => child.StandardOutput.ReadLineAsync(Cancellation).AsTask()));
        children.ForEach(child => child.StandardInput.WriteLine("go"));
        var opened = await Task.WhenAll(children.Select(child => child.StandardOutput.ReadToEndAsync(Cancellation)));
        await Task.WhenAll(children.Select(child => child.WaitForExitAsync(Cancellation)));

        Assert.All(opened, line => Assert.Equal("open", line.Trim()));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(_root, "keys")));
        await using var storage = new TestPostgres(database, _root);
        await AssertSchemaAsync(storage);
    }

    [Fact]
    public async Task Start_OnADatabaseOfThisVersion_ChangesNothing()
    {
        var database = await TestPostgres.CreateDatabaseAsync(Cancellation);
        await using var first = new TestPostgres(database, _root);
        await first.OpenStorageAsync(Cancellation);
        await first.Registry.UpsertAsync([Device()], Cancellation);
        var before = await DescribeAsync(first);

        await using var second = new TestPostgres(database, _root);
        await second.OpenStorageAsync(Cancellation);

        Assert.Equal(before, await DescribeAsync(second));
        await AssertSchemaAsync(second);
    }

    [Fact]
    public async Task Start_OnADatabaseOfANewerVersion_IsRefused()
    {
        await using var storage = await TestPostgres.OpenAsync(Cancellation);
        await using (var connection = await storage.Source.OpenConnectionAsync(Cancellation))
        {
            await connection.ExecuteAsync("INSERT INTO SchemaVersion (Version, Name) VALUES (9000, 'from the future')");
        }

        await using var older = new TestPostgres(storage.Source.ConnectionString, _root);
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(() => older.OpenStorageAsync(Cancellation));
        Assert.Contains("schema version 9000", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnTheFolderOfAnotherDatabase_IsRefused()
    {
        await using var first = new TestPostgres(await TestPostgres.CreateDatabaseAsync(Cancellation), _root);
        await first.OpenStorageAsync(Cancellation);

        await using var stranger = new TestPostgres(await TestPostgres.CreateDatabaseAsync(Cancellation), _root);
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(() => stranger.OpenStorageAsync(Cancellation));
        Assert.Contains("belongs to another database", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfASingleServerOnAClustersFolder_IsRefusedAndTheOtherWayRound()
    {
        await using var cluster = new TestPostgres(await TestPostgres.CreateDatabaseAsync(Cancellation), _root);
        await cluster.OpenStorageAsync(Cancellation);
        using var folder = new DataFolder(Options.Create(new StorageOptions { DataFolder = _root }));
        Assert.Contains("is a cluster's", Assert.Throws<StorageUnavailableException>(folder.Open).Message, StringComparison.Ordinal);

        using var single = new TestStorage();
        await using var late = new TestPostgres(cluster.Source.ConnectionString, single.Root);
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(() => late.OpenStorageAsync(Cancellation));
        Assert.Contains("is a single server's", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RoundKeys_OfOneServer_OpenOnAnother()
    {
        var database = await TestPostgres.CreateDatabaseAsync(Cancellation);
        await using var first = new TestPostgres(database, _root);
        await first.OpenStorageAsync(Cancellation);
        await using var second = new TestPostgres(database, _root);
        await second.OpenStorageAsync(Cancellation);

        for (var number = 0; number < 50; number++)
        {
            // Both at once, as two activations of a round may: the row takes one of the two, and either must open everywhere.
            var round = $"rnd_{number:x16}";
            var wrapped = await Task.WhenAll(new[] { first, second }.Select(server => Task.Run(() => server.Keys.CreateAsync(round, Cancellation))));

            foreach (var half in wrapped)
            {
                Assert.Equal(await first.Keys.OpenAsync(round, half, Cancellation), await second.Keys.OpenAsync(round, half, Cancellation));
            }
        }
    }

    [Fact]
    public async Task Checkpoint_OfOneServer_IsReadAndErasedByAnother()
    {
        var database = await TestPostgres.CreateDatabaseAsync(Cancellation);
        await using var first = new TestPostgres(database, _root);
        await first.OpenStorageAsync(Cancellation);
        await using var second = new TestPostgres(database, _root);
        await second.OpenStorageAsync(Cancellation);
        const string Round = "rnd_0123456789abcdef";
        var wrapped = await first.Keys.CreateAsync(Round, Cancellation);
        var sums = Enumerable.Range(0, 1000).Select(number => (long)number).ToArray();
        var checkpoint = await first.Payloads.SaveCheckpointAsync(
            Round, await first.Keys.OpenAsync(Round, wrapped, Cancellation), new byte[] { 1, 2 }, new ArraySums(sums), Cancellation);

        Assert.Equal(sums, await ReadAsync(second, checkpoint, await second.Keys.OpenAsync(Round, wrapped, Cancellation)));

        await second.Keys.EraseAsync(Round, Cancellation);
        await second.Payloads.DeleteRoundAsync(Round, Cancellation);
        await Assert.ThrowsAsync<RoundKeyException>(() => first.Keys.OpenAsync(Round, wrapped, Cancellation));
        await Assert.ThrowsAsync<PayloadMissingException>(() => ReadAsync(first, checkpoint, new byte[IRoundKeys.KeyBytes]));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>The child: opens storage when it is told to.</summary>
    internal static async Task<int> OpenOnceAsync(string database, string root)
    {
        await using var storage = new TestPostgres(database, root);
        Console.WriteLine("ready");
        Console.ReadLine();
        await storage.OpenStorageAsync(CancellationToken.None);
        Console.WriteLine("open");
        return 0;
    }

    private Process StartChild(string database)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        Array.ForEach(["exec", typeof(SharedStorageTests).Assembly.Location, ChildArgument, database, _root], start.ArgumentList.Add);
        return Process.Start(start)!;
    }

    private static async Task AssertSchemaAsync(TestPostgres storage)
    {
        await using var connection = await storage.Source.OpenConnectionAsync(Cancellation);
        var versions = await connection.QueryAsync<int>("SELECT Version FROM SchemaVersion ORDER BY Version");
        Assert.Equal(Migrations.Read("postgres/").Select(migration => migration.Version), versions);
        Assert.Single(await connection.QueryAsync<Guid>("SELECT Id FROM DatabaseIdentity"));

        // Four of persistence, seven of reminders, nine of membership.
        Assert.Equal(20, await connection.ExecuteScalarAsync<int>("SELECT COUNT(*) FROM OrleansQuery"));
    }

    // Everything that a second start might have changed.
    private static async Task<string> DescribeAsync(TestPostgres storage)
    {
        await using var connection = await storage.Source.OpenConnectionAsync(Cancellation);
        var columns = await connection.QueryAsync<string>(
            "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1");
        var rows = await connection.QueryAsync<string>("SELECT QueryKey || QueryText FROM OrleansQuery UNION ALL SELECT Identifier FROM Devices UNION ALL SELECT Id::text FROM DatabaseIdentity ORDER BY 1");
        return string.Join('\n', columns.Concat(rows));
    }

    private static async Task<long[]> ReadAsync(TestPostgres server, CheckpointRef checkpoint, byte[] key)
    {
        var read = new long[1000];
        await server.Payloads.ReadCheckpointAsync(checkpoint, key, range: null, (offset, values) => values.CopyTo(read.AsSpan((int)offset)), Cancellation);
        return read;
    }

    private static Devices.DeviceRow Device() => new()
    {
        Id = "dev_0000000000000001", OrganizationId = "org_00000001", Identifier = "phone", RegisteredAt = DateTimeOffset.UnixEpoch, LastSeenAt = DateTimeOffset.UnixEpoch,
    };
}
