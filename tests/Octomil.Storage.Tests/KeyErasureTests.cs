using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Octomil.Storage.Sqlite;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage;

/// <summary>
/// What the database alone does not give: SQLite leaves stale copies of values that it overwrites when its pages move. So it must not
/// matter what it keeps.
/// </summary>
public sealed class KeyErasureTests : IDisposable
{
    private const int Rounds = 2_000;

    private readonly TestStorage _storage = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Erase_OfThousandsOfRoundsWhileTheDatabaseIsBusy_LeavesNoHalfInAnyFileAndNothingThatOpens()
    {
        var halves = new ConcurrentBag<byte[]>();
        var captured = new ConcurrentBag<(CheckpointRef Checkpoint, byte[] File, byte[] Wrapped)>();
        using var busy = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var noise = KeepBusyAsync(busy.Token);

        await Parallel.ForAsync(0, Rounds, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (number, token) =>
        {
            var roundId = $"rnd_{number:x16}";
            var wrapped = await _storage.Keys.CreateAsync(roundId, token);
            await SaveRowAsync(roundId, wrapped, token);
            halves.Add(await File.ReadAllBytesAsync(_storage.KeyFile(roundId), token));

            if (number % 50 == 0)
            {
                captured.Add(await CaptureAsync(roundId, wrapped, token));
            }

            await SaveRowAsync(roundId, [], token);
            await _storage.Keys.EraseAsync(roundId, token);
            await _storage.Payloads.DeleteRoundAsync(roundId, token);
        });

        await busy.CancelAsync();
        await noise;
        await _storage.Erasure.FlushAsync(Cancellation);

        Assert.Equal(0, CountFound(halves));
        await AssertNothingOpensAsync(captured);
    }

    public void Dispose() => _storage.Dispose();

    private async Task<(CheckpointRef Checkpoint, byte[] File, byte[] Wrapped)> CaptureAsync(string roundId, byte[] wrapped, CancellationToken cancellationToken)
    {
        var key = await _storage.Keys.OpenAsync(roundId, wrapped, cancellationToken);
        var checkpoint = await _storage.Payloads.SaveCheckpointAsync(roundId, key, new byte[] { 1, 2, 3 }, new ArraySums(new long[100]), cancellationToken);
        return (checkpoint, await File.ReadAllBytesAsync(_storage.PathOf("payloads", "rounds", roundId, checkpoint.Name), cancellationToken), wrapped);
    }

    // Somebody kept copies of everything but the key file: the row as it was, the checkpoint, the key ring.
    private async Task AssertNothingOpensAsync(ConcurrentBag<(CheckpointRef Checkpoint, byte[] File, byte[] Wrapped)> captured)
    {
        Assert.Equal(Rounds / 50, captured.Count);

        foreach (var (checkpoint, file, wrapped) in captured)
        {
            var folder = Directory.CreateDirectory(_storage.PathOf("payloads", "rounds", checkpoint.RoundId));
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, checkpoint.Name), file, Cancellation);
            await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(checkpoint.RoundId, wrapped, Cancellation));

            // And a fresh half in the place of the old one does not help either.
            await _storage.Keys.CreateAsync(checkpoint.RoundId, Cancellation);
            await Assert.ThrowsAsync<RoundKeyException>(() => _storage.Keys.OpenAsync(checkpoint.RoundId, wrapped, Cancellation));
        }
    }

    // Any eight bytes at four places of a half tell it: chance does not repeat them.
    private int CountFound(IEnumerable<byte[]> halves)
    {
        var marks = halves.SelectMany(half => new[] { 0, 1024, 2048, half.Length - sizeof(long) }.Select(at => BitConverter.ToInt64(half, at))).ToHashSet();
        var found = 0;

        foreach (var path in _storage.Files().Where(path => !path.EndsWith("server.lock", StringComparison.Ordinal)))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);

            for (var at = 0; at + sizeof(long) <= bytes.Length; at++)
            {
                found += marks.Contains(MemoryMarshal.Read<long>(bytes.AsSpan(at))) ? 1 : 0;
            }
        }

        return found;
    }

    private Task SaveRowAsync(string id, byte[] payload, CancellationToken cancellationToken) => _storage.Database.WriteAsync(
        WriteKind.Statement,
        session =>
        {
            var statement = session.Statement("""
                INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, Version, PayloadBinary)
                VALUES ('octomil', 'round', 0, 0, @Id, 1, @Payload)
                ON CONFLICT (GrainIdExtensionString, GrainIdN1, GrainIdN0, GrainTypeString, ServiceId) DO UPDATE
                SET Version = Version + 1, PayloadBinary = excluded.PayloadBinary
                """);
            statement.Parameters.AddWithValue("@Id", id);
            statement.Parameters.AddWithValue("@Payload", payload);
            return statement.ExecuteNonQuery();
        },
        cancellationToken);

    // Rows of changing length make pages split and move.
    private async Task KeepBusyAsync(CancellationToken cancellationToken)
    {
        var random = new Random(7);

        for (var number = 0; !cancellationToken.IsCancellationRequested; number++)
        {
            var writes = Enumerable.Range(0, 32).Select(_ => SaveRowAsync($"noise_{random.Next(500)}", new byte[random.Next(3000)], CancellationToken.None)).ToList();
            await Task.WhenAll(writes);
        }
    }
}
