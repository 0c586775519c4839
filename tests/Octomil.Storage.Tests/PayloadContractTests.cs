using System.Security.Cryptography;
using Octomil.Storage.Payloads;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage;

/// <summary>What every payload store keeps to, whatever it stores in.</summary>
public abstract class PayloadContractTests
{
    private const string Run = "run_0123456789abcdef";
    private const string Round = "rnd_0123456789abcdef";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly long[] _sums = [.. Enumerable.Range(0, (70 * CheckpointCipher.ChunkSums) + 77).Select(i => i * 7919L)];

    internal abstract IPayloadStore Store { get; }

    internal abstract IPayloadInventory Inventory { get; }

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Also one that goes up in parts.
    [Theory]
    [InlineData(null, 300_000)]
    [InlineData(Run, 300_000)]
    [InlineData(null, 11_000_001)]
    [InlineData(null, 1)]
    public async Task Weights_AreNamedByTheirContentAndReadBackAlsoByRange(string? run, int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        var weights = await SaveAsync(run, bytes);
        Assert.Equal(weights, await SaveAsync(run, bytes));
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), length, run), (weights.Sha256, weights.Bytes, weights.RunId));
        await ForgetAsync();

        await using var stream = await Store.OpenWeightsAsync(weights, Cancellation);
        Assert.Equal(length, stream.Length);
        stream.Position = length / 2;
        var half = new byte[length - (length / 2)];
        await stream.ReadExactlyAsync(half, Cancellation);
        Assert.Equal(bytes[(length / 2)..], half);
    }

    [Fact]
    public async Task Weights_OfARunThatArePromoted_OutliveIt()
    {
        var weights = await SaveAsync(Run, [1, 2, 3]);
        var kept = await Store.PromoteWeightsAsync(weights, Cancellation);
        Assert.Equal(kept, await Store.PromoteWeightsAsync(weights, Cancellation));
        var other = await SaveAsync(Run, [4, 5, 6]);
        await Store.DeleteRunAsync(Run, Cancellation);
        await Store.DeleteRunAsync(Run, Cancellation);

        foreach (var reference in new[] { kept, weights })
        {
            await using var stream = await Store.OpenWeightsAsync(reference, Cancellation);
            Assert.Equal(3, stream.Length);
        }

        await Assert.ThrowsAsync<PayloadMissingException>(() => Store.OpenWeightsAsync(other, Cancellation));
    }

    [Fact]
    public async Task Weights_ThatAreDeletedOrWereNeverThere_AreMissing()
    {
        var weights = await SaveAsync(Run, [1, 2, 3]);
        await Store.DeleteRunWeightsAsync(weights, Cancellation);
        await Store.DeleteRunWeightsAsync(weights, Cancellation);

        await Assert.ThrowsAsync<PayloadMissingException>(() => Store.OpenWeightsAsync(weights, Cancellation));
        await Assert.ThrowsAsync<PayloadMissingException>(() => Store.PromoteWeightsAsync(weights, Cancellation));
    }

    [Fact]
    public async Task Weights_WhereTheCallersOwnReadingFails_LeaveItsExceptionAndNothingElse()
    {
        var aborted = new IOException("The client reset the request stream.");
        Assert.Same(aborted, await Assert.ThrowsAsync<IOException>(() => Store.SaveWeightsAsync(null, (_, _) => throw aborted, Cancellation)));
        Assert.Empty(await Inventory.ListWeightsAsync(Cancellation).ToListAsync(Cancellation));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("run_ABC")]
    public async Task Weights_ForWhatIsNoId_AreRefused(string run) => await Assert.ThrowsAsync<ArgumentException>(() => SaveAsync(run, [1]));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(CheckpointCipher.ChunkSums - 3, CheckpointCipher.ChunkSums + 4)]
    [InlineData(0, (70 * CheckpointCipher.ChunkSums) + 77)]
    public async Task Checkpoint_IsReadByRange(int start, int end)
    {
        var checkpoint = await SaveCheckpointAsync();
        var sums = new long[end - start];
        var head = await Store.ReadCheckpointAsync(
            checkpoint, _key, new SumsRange(start, end), (offset, values) => values.CopyTo(sums.AsSpan((int)offset - start)), Cancellation);

        Assert.Equal([9, 8, 7], head.Bytes.ToArray());
        Assert.Equal(_sums[start..end], sums);
    }

    [Fact]
    public async Task Checkpoint_UnderAnotherKey_IsRefused()
    {
        var checkpoint = await SaveCheckpointAsync();

        await Assert.ThrowsAsync<PayloadDamagedException>(() => Store.ReadCheckpointHeadAsync(checkpoint, RandomNumberGenerator.GetBytes(32), Cancellation));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => Store.ReadCheckpointHeadAsync(checkpoint with { Checksum = 1 }, _key, Cancellation));
        await Assert.ThrowsAsync<PayloadDamagedException>(() => Store.ReadCheckpointHeadAsync(checkpoint with { Bytes = 1 }, _key, Cancellation));
    }

    [Fact]
    public async Task Checkpoints_AreListedByRoundAndDeletedWithIt()
    {
        var (first, second) = (await SaveCheckpointAsync(), await SaveCheckpointAsync());
        Assert.NotEqual(first.Name, second.Name);
        Assert.Equal([Round], await Store.ListRoundsAsync(Cancellation).ToListAsync(Cancellation));
        await Store.DeleteCheckpointAsync(first, Cancellation);
        await Assert.ThrowsAsync<PayloadMissingException>(() => Store.ReadCheckpointHeadAsync(first, _key, Cancellation));

        await Store.DeleteRoundAsync(Round, Cancellation);
        await Store.DeleteRoundAsync(Round, Cancellation);
        await Assert.ThrowsAsync<PayloadMissingException>(() => Store.ReadCheckpointHeadAsync(second, _key, Cancellation));
        Assert.Empty(await Store.ListRoundsAsync(Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Inventory_ListsWhatIsThereAndCollectsOnlyWhatIsOld()
    {
        var (kept, own) = (await SaveAsync(null, [1]), await SaveAsync(Run, [2]));
        Assert.Equal([kept], await Inventory.ListWeightsAsync(Cancellation).Select(found => found.Weights).ToListAsync(Cancellation));
        Assert.Equal([Run], await Inventory.ListRunsAsync(Cancellation).ToListAsync(Cancellation));
        Assert.Equal([own], await Inventory.ListRunWeightsAsync(Run, Cancellation).Select(found => found.Weights).ToListAsync(Cancellation));
        var stored = (await Inventory.ListWeightsAsync(Cancellation).FirstAsync(Cancellation)).StoredAt;
        Assert.InRange(stored, DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(10));

        Assert.False(await Inventory.CollectWeightsAsync(kept, stored.AddMinutes(-10), Cancellation));
        Assert.True(await Inventory.RenewWeightsAsync(kept, Cancellation));
        Assert.True(await Inventory.CollectWeightsAsync(kept, stored.AddMinutes(10), Cancellation));
        Assert.False(await Inventory.CollectWeightsAsync(kept, stored.AddMinutes(10), Cancellation));
        Assert.False(await Inventory.RenewWeightsAsync(kept, Cancellation));
        Assert.Empty(await Inventory.ListWeightsAsync(Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Inventory_MeasuresWeightsAndCheckpoints()
    {
        Assert.Equal(new PayloadBytes(0, 0), await Inventory.MeasureAsync(Cancellation));
        await SaveAsync(null, new byte[1_000]);
        await SaveAsync(Run, new byte[200]);
        var checkpoint = await SaveCheckpointAsync();

        Assert.Equal(new PayloadBytes(1_200, checkpoint.Bytes), await Inventory.MeasureAsync(Cancellation));

        await Store.DeleteRunAsync(Run, Cancellation);
        await Store.DeleteRoundAsync(Round, Cancellation);
        Assert.Equal(new PayloadBytes(1_000, 0), await Inventory.MeasureAsync(Cancellation));
    }

    /// <summary>Whatever is kept only to be fast is forgotten.</summary>
    protected abstract Task ForgetAsync();

    private Task<WeightsRef> SaveAsync(string? run, byte[] bytes) =>
        Store.SaveWeightsAsync(run, (stream, token) => stream.WriteAsync(bytes, token).AsTask(), Cancellation);

    private Task<CheckpointRef> SaveCheckpointAsync() =>
        Store.SaveCheckpointAsync(Round, _key, new byte[] { 9, 8, 7 }, new ArraySums(_sums, 6), Cancellation);
}
