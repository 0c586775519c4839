using Microsoft.Extensions.Options;
using Octomil.Storage.Sqlite;
using Xunit;

namespace Octomil.Storage;

public sealed class DiskFullTests
{
    private const string Round = "rnd_0123456789abcdef";

    private static readonly byte[] Key = new byte[IRoundKeys.KeyBytes];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FullDisk_IsSaidClearlyAndForgottenOnceThereIsSpace()
    {
        using var disk = SmallDisk.Mount("size=24m");
        using var storage = new TestStorage(disk.Root);
        var wrapped = await storage.Keys.CreateAsync(Round, Cancellation);
        var before = await WriteUntilAsync(storage, 20);
        disk.Fill();

        await AssertFullAsync(() => SaveCheckpointAsync(storage));
        await AssertFullAsync(() => SaveWeightsAsync(storage));
        await AssertFullAsync(() => storage.Keys.CreateAsync("rnd_fedcba9876543210", Cancellation));
        var answered = before + await WriteUntilAsync(storage, int.MaxValue);
        var health = await storage.Probe.CheckAsync(Cancellation);
        Assert.False(health.Ok);
        Assert.Contains("full", health.Reason, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(storage.PathOf("payloads", "tmp")));

        // Nothing new fits, and reading and erasing go on.
        Assert.Equal(answered, await CountAsync(storage));
        await storage.Keys.OpenAsync(Round, wrapped, Cancellation);
        await storage.Keys.EraseAsync(Round, Cancellation);

        disk.Free();

        Assert.True((await storage.Probe.CheckAsync(Cancellation)).Ok);
        await SaveCheckpointAsync(storage);
        await SaveWeightsAsync(storage);
        await storage.Keys.CreateAsync(Round, Cancellation);
        answered += await WriteUntilAsync(storage, 20);
        Assert.Equal(answered, await CountAsync(storage));
    }

    [Fact]
    public void ReadOnlyDisk_AtTheStart_SaysWhatToDo()
    {
        using var disk = SmallDisk.Mount("size=1m,ro");
        using var folder = new DataFolder(Options.Create(new StorageOptions { DataFolder = Path.Combine(disk.Root, "data") }));

        var exception = Assert.Throws<StorageUnavailableException>(folder.Open);
        Assert.Contains("mount it writable", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadOnlyConnection_FailsItsWritesAndIsReplaced()
    {
        using var storage = new TestStorage();
        await storage.Database.WriteAsync(WriteKind.Alone, session => session.Execute("PRAGMA query_only=1"), Cancellation);

        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(() => WriteAsync(storage));
        Assert.Contains("read-only", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.Data", exception.ToString(), StringComparison.Ordinal);

        await WriteAsync(storage);
    }

    [Fact]
    public async Task Probe_WhereStorageHangs_AnswersInTime()
    {
        using var storage = new TestStorage(configure: options => options.ProbeTimeout = TimeSpan.FromMilliseconds(200));
        using var gate = new ManualResetEventSlim();
        var hanging = storage.Database.WriteAsync(WriteKind.Statement, _ => gate.Wait(TimeSpan.FromSeconds(30), Cancellation), Cancellation);

        var health = await storage.Probe.CheckAsync(Cancellation);
        Assert.False(health.Ok);
        Assert.Contains("did not answer", health.Reason, StringComparison.Ordinal);

        gate.Set();
        await hanging;
        while (!(await storage.Probe.CheckAsync(Cancellation)).Ok)
        {
            Cancellation.ThrowIfCancellationRequested();
        }
    }

    private static async Task AssertFullAsync(Func<Task> write)
    {
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(write);
        Assert.Contains("full", exception.Message, StringComparison.Ordinal);
    }

    private static Task SaveCheckpointAsync(TestStorage storage) =>
        storage.Payloads.SaveCheckpointAsync(Round, Key, ReadOnlyMemory<byte>.Empty, new ArraySums(new long[100_000]), Cancellation);

    private static Task SaveWeightsAsync(TestStorage storage) =>
        storage.Payloads.SaveWeightsAsync(null, (stream, token) => stream.WriteAsync(new byte[500_000], token).AsTask(), Cancellation);

    // The log may have room for some more: all that are answered count, and in the end one is refused.
    private static async Task<int> WriteUntilAsync(TestStorage storage, int count)
    {
        for (var done = 0; done < count; done++)
        {
            try
            {
                await WriteAsync(storage);
            }
            catch (StorageUnavailableException exception)
            {
                Assert.Contains("full", exception.Message, StringComparison.Ordinal);
                return done;
            }
        }

        return count;
    }

    private static Task<int> WriteAsync(TestStorage storage) => storage.Database.WriteAsync(
        WriteKind.Statement,
        session => session.Execute("""
            INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, Version, PayloadBinary)
            SELECT 'octomil', 'round', 0, 0, 'row_' || COUNT(*), 1, randomblob(2000) FROM OrleansStorage
            """),
        Cancellation);

    private static Task<long> CountAsync(TestStorage storage) => storage.Database.ReadAsync(
        session => (long)session.Statement("SELECT COUNT(*) FROM OrleansStorage").ExecuteScalar()!, Cancellation);
}
