using System.Security.Cryptography;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage;

public sealed class WeightsTests : IDisposable
{
    private const string Run = "run_0123456789abcdef";

    private readonly TestStorage _storage = new();
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(300_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Save_NamesThemByTheirContent()
    {
        var (first, second) = (await SaveAsync(null), await SaveAsync(null));

        Assert.Equal(first, second);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(_bytes)), first.Sha256);
        Assert.Equal(_bytes.Length, first.Bytes);
        Assert.Single(Directory.EnumerateFiles(_storage.PathOf("payloads", "weights"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Promoted_OutliveTheirRun()
    {
        var weights = await SaveAsync(Run);
        var kept = await _storage.Payloads.PromoteWeightsAsync(weights, Cancellation);
        Assert.Equal(kept, await _storage.Payloads.PromoteWeightsAsync(weights, Cancellation));
        await _storage.Payloads.DeleteRunAsync(Run, Cancellation);

        // Under either reference.
        foreach (var reference in new[] { kept, weights })
        {
            await using var stream = await _storage.Payloads.OpenWeightsAsync(reference, Cancellation);
            Assert.Equal(weights.Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, Cancellation)));
        }
    }

    [Fact]
    public async Task Promote_OfDamagedWeights_IsRefusedAndKeepsNothing()
    {
        var weights = await SaveAsync(Run);
        var path = _storage.PathOf("payloads", "runs", Run, weights.Sha256);
        var bytes = await File.ReadAllBytesAsync(path, Cancellation);
        bytes[1000] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Cancellation);

        await Assert.ThrowsAsync<PayloadDamagedException>(() => _storage.Payloads.PromoteWeightsAsync(weights, Cancellation));
        await Assert.ThrowsAsync<PayloadMissingException>(() => _storage.Payloads.OpenWeightsAsync(weights with { RunId = null }, Cancellation));
    }

    [Fact]
    public async Task Open_OfATruncatedFile_IsRefused()
    {
        var weights = await SaveAsync(null);
        await using (var file = File.OpenWrite(_storage.PathOf("payloads", "weights", weights.Sha256[..2], weights.Sha256)))
        {
            file.SetLength(1000);
        }

        await Assert.ThrowsAsync<PayloadDamagedException>(() => _storage.Payloads.OpenWeightsAsync(weights, Cancellation));
    }

    [Fact]
    public async Task Save_WhereTheCallersOwnReadingFails_LeavesItsExceptionAsItIs()
    {
        // An upload that was cut off says nothing about this disk.
        var aborted = new IOException("The client reset the request stream.");
        var thrown = await Assert.ThrowsAsync<IOException>(() => _storage.Payloads.SaveWeightsAsync(null, (_, _) => throw aborted, Cancellation));

        Assert.Same(aborted, thrown);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _storage.Payloads.SaveWeightsAsync(null, (_, _) => throw new InvalidOperationException(), Cancellation));
        Assert.Empty(Directory.EnumerateFiles(_storage.PathOf("payloads"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Save_WhereItsOwnFolderIsGone_SaysThatStorageIsUnavailable()
    {
        Directory.Delete(_storage.PathOf("payloads", "tmp"), recursive: true);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => SaveAsync(null));
    }

    [Fact]
    public async Task Delete_WhereItCannot_SaysThatStorageIsUnavailable()
    {
        var weights = await SaveAsync(Run);
        var path = _storage.PathOf("payloads", "runs", Run, weights.Sha256);
        File.Delete(path);
        Directory.CreateDirectory(path);

        await Assert.ThrowsAsync<StorageUnavailableException>(() => _storage.Payloads.DeleteRunWeightsAsync(weights, Cancellation));
    }

    [Fact]
    public async Task Save_RunsNothingOnTheCallersScheduler()
    {
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var seen = new List<TaskScheduler>();

        await Task.Factory.StartNew(
            () => _storage.Payloads.SaveWeightsAsync(
                null,
                async (stream, token) =>
                {
                    seen.Add(TaskScheduler.Current);
                    await stream.WriteAsync(_bytes, token);
                    seen.Add(TaskScheduler.Current);
                },
                Cancellation),
            Cancellation,
            TaskCreationOptions.None,
            scheduler).Unwrap();

        Assert.Equal([TaskScheduler.Default, TaskScheduler.Default], seen);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("run_")]
    [InlineData("run_ABC")]
    [InlineData("run_0123456789abcdef\n")]
    public async Task Save_ForWhatIsNoId_IsRefused(string run) => await Assert.ThrowsAsync<ArgumentException>(() => SaveAsync(run));

    public void Dispose() => _storage.Dispose();

    private Task<WeightsRef> SaveAsync(string? run) =>
        _storage.Payloads.SaveWeightsAsync(run, (stream, token) => stream.WriteAsync(_bytes, token).AsTask(), Cancellation);
}
