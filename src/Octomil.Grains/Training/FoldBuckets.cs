using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>The sums of a fold, in as many buckets as the plan has. A bucket costs its memory from its first update on.</summary>
internal sealed class FoldBuckets(RoundFoldParts parts, RoundPlan plan, ImmutableArray<byte> key, int parameters) : IFoldContents
{
    private readonly FoldSums?[] _buckets = new FoldSums?[plan.BucketCount];

    public Task AddAsync(IReadOnlyCollection<PendingUpdate> batch)
    {
        foreach (var (bucket, updates) in Divide(batch))
        {
            At(bucket).Add(updates);
        }

        return Task.CompletedTask;
    }

    public void Subtract(IReadOnlyCollection<PendingUpdate> batch)
    {
        foreach (var (bucket, updates) in Divide(batch))
        {
            At(bucket).Subtract(updates);
        }
    }

    public async Task<ImmutableArray<BucketCheckpoint>> SaveAsync(IReadOnlyCollection<PendingUpdate> batch) =>
        [.. await Task.WhenAll(Divide(batch).Select(part => SaveAsync(part.Bucket)))];

    public async Task LoadAsync(ImmutableArray<BucketCheckpoint> registered)
    {
        foreach (var bucket in registered)
        {
            await At(bucket.Bucket).LoadAsync(parts.Payloads, bucket.Checkpoint, ImmutableCollectionsMarshal.AsArray(key)!, CancellationToken.None);
        }
    }

    public List<CheckpointRef> TakeLeftOver() => [];

    public void Dispose()
    {
        foreach (var bucket in _buckets)
        {
            bucket?.Dispose();
        }
    }

    private FoldSums At(int bucket) => _buckets[bucket] ??= new FoldSums(parts.Buffers, plan, parameters);

    private IEnumerable<(int Bucket, IReadOnlyCollection<PendingUpdate> Updates)> Divide(IReadOnlyCollection<PendingUpdate> batch) => _buckets.Length == 1
        ? [(0, batch)]
        : batch.GroupBy(update => plan.BucketOf(update.Device)).OrderBy(group => group.Key).Select(group => (group.Key, (IReadOnlyCollection<PendingUpdate>)[.. group]));

    private async Task<BucketCheckpoint> SaveAsync(int bucket)
    {
        var sums = At(bucket);
        var checkpoint = await parts.Payloads.SaveCheckpointAsync(
            plan.RoundId, ImmutableCollectionsMarshal.AsArray(key)!, sums.Tally.ToBytes(), sums, CancellationToken.None);
        return new BucketCheckpoint { Bucket = bucket, Checkpoint = checkpoint };
    }
}
