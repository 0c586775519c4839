using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>
/// The updates of a fold, each stored by itself under the round's key, and their list, which is what the round refers to. So the row is as
/// small as with sums, and the same registrations decide what counts.
/// </summary>
internal sealed class FoldUpdates(RoundFoldParts parts, RoundPlan plan, ImmutableArray<byte> key) : IFoldContents
{
    // Files that are written at a time: a disk flushes a few together, and buffers must not wait for a long queue.
    private const int Writers = 4;

    private readonly SortedDictionary<int, StoredUpdate> _updates = [];
    private readonly List<CheckpointRef> _leftOver = [];
    private FoldTally _tally = new(plan.Organizations.Length);

    private byte[] Key => ImmutableCollectionsMarshal.AsArray(key)!;

    public async Task AddAsync(IReadOnlyCollection<PendingUpdate> batch)
    {
        foreach (var part in batch.Chunk(Writers))
        {
            var stored = await Task.WhenAll(part.Select(StoreAsync));

            foreach (var (update, kept) in part.Zip(stored))
            {
                _updates.Add(update.Device, kept);
                _tally.Add(update);
            }
        }
    }

    public void Subtract(IReadOnlyCollection<PendingUpdate> batch)
    {
        foreach (var update in batch)
        {
            if (_updates.Remove(update.Device, out var stored))
            {
                _tally.Subtract(update);
                _leftOver.Add(stored.Payload);
            }
        }
    }

    public async Task<ImmutableArray<BucketCheckpoint>> SaveAsync(IReadOnlyCollection<PendingUpdate> batch)
    {
        var checkpoint = await parts.Payloads.SaveCheckpointAsync(
            plan.RoundId, Key, UpdateList.ToBytes(_tally, _updates.Values), NoSums.Instance, CancellationToken.None);
        return [new BucketCheckpoint { Bucket = 0, Checkpoint = checkpoint }];
    }

    public async Task LoadAsync(ImmutableArray<BucketCheckpoint> registered)
    {
        foreach (var bucket in registered)
        {
            var head = await parts.Payloads.ReadCheckpointHeadAsync(bucket.Checkpoint, Key, CancellationToken.None);
            (_tally, var updates) = UpdateList.FromBytes(head.Bytes, plan);
            updates.ForEach(update => _updates.Add(update.Device, update));
        }
    }

    // A refused list may still be saved by a slow activation, until the row has moved on: its files stay until then.
    public List<CheckpointRef> TakeLeftOver()
    {
        List<CheckpointRef> leftOver = [.. _leftOver];
        _leftOver.Clear();
        return leftOver;
    }

    public void Dispose()
    {
    }

    private async Task<StoredUpdate> StoreAsync(PendingUpdate update)
    {
        var payload = await parts.Payloads.SaveCheckpointAsync(
            plan.RoundId, Key, ReadOnlyMemory<byte>.Empty, new UpdateValues(update.Values), CancellationToken.None);
        return new StoredUpdate(update.Device, update.Weight, update.Summary.SumOfSquares, payload);
    }
}
