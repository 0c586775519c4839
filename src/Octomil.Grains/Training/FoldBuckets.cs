using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>The sums of a fold, in as many buckets as the plan has. A bucket costs its memory from its first update on.</summary>
internal sealed class FoldBuckets(RoundFoldParts parts, RoundPlan plan, ImmutableArray<byte> key, int parameters) : IFoldContents
{
    private readonly FoldSums?[] _buckets = new FoldSums?[plan.BucketCount];
    private readonly List<CheckpointRef> _leftOver = [];

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

    public async Task<ImmutableArray<BucketCheckpoint>> SaveAsync(IReadOnlyCollection<PendingUpdate> batch)
    {
        Task<BucketCheckpoint>[] saving = [.. Divide(batch).Select(part => SaveAsync(part.Bucket))];

        try
        {
            return [.. await Task.WhenAll(saving)];
        }
        catch
        {
            // All have ended; those that were written are registered by nobody.
            _leftOver.AddRange(saving.Where(one => one.IsCompletedSuccessfully).Select(one => one.Result.Checkpoint));
            throw;
        }
    }

    public async Task LoadAsync(ImmutableArray<BucketCheckpoint> registered)
    {
        foreach (var bucket in registered)
        {
            await At(bucket.Bucket).LoadAsync(parts.Payloads, bucket.Checkpoint, ImmutableCollectionsMarshal.AsArray(key)!, CancellationToken.None);
        }
    }

    public List<CheckpointRef> TakeLeftOver()
    {
        List<CheckpointRef> leftOver = [.. _leftOver];
        _leftOver.Clear();
        return leftOver;
    }

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
