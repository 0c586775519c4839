using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>The sums beside what the round's row has of them, and what each decision of the round does to them. The committing task's alone.</summary>
internal sealed partial class RoundFold
{
    private IFoldContents? _contents;
    private long _sequence;
    private ImmutableArray<BucketCheckpoint> _registered = [];
    private List<CheckpointRef> _unregistered = [];

    // The row refers to the new sums now. What was written before is of no more use, also where it was refused: until here a slow
    // activation of the round might still have saved it.
    private List<CheckpointRef> Keep(ImmutableArray<BucketCheckpoint> checkpoints)
    {
        var registered = FoldEntry.Exchange(_registered, checkpoints);

        // A slow activation may have saved what was refused: then some of it is registered by now, and only the rest is of no use.
        var needed = registered.Select(bucket => bucket.Checkpoint).ToHashSet();
        List<CheckpointRef> superseded = [.. _unregistered.Where(checkpoint => !needed.Contains(checkpoint)), .. Exchanged(registered), .. _contents!.TakeLeftOver()];
        (_registered, _sequence, _unregistered) = (registered, _sequence + 1, []);
        return superseded;
    }

    private IEnumerable<CheckpointRef> Exchanged(ImmutableArray<BucketCheckpoint> by) =>
        _registered.Where(bucket => !by.Contains(bucket)).Select(bucket => bucket.Checkpoint);

    private void TakeOut(List<PendingUpdate> batch, RegisterResult result)
    {
        var notSelected = batch.Where(update => result.NotSelected.Contains(update.Device)).ToList();
        var excluded = batch.Where(update => result.Excluded.Contains(update.Device)).ToList();
        var counted = batch.Where(update => result.CountedBefore.Contains(update.Device)).ToList();
        List<PendingUpdate> refused = [.. notSelected, .. excluded, .. counted];

        if (refused.Count == 0)
        {
            throw new InvalidOperationException("The round refused a batch without naming a device of it.");
        }

        _contents!.Subtract(refused);
        batch.RemoveAll(refused.Contains);
        excluded.ForEach(update => Exclude(OrganizationOf(update.Device)));
        Decide(notSelected, SubmitUpdateResult.NotSelected);
        Decide(excluded, SubmitUpdateResult.OrganizationSuspended);
        Decide(counted, SubmitUpdateResult.CountedBefore);
    }

    // The row is ahead of this fold (an answer was lost for good): take its sums, and fold what they do not hold.
    private async Task CatchUpAsync(List<PendingUpdate> batch, RegisterResult result)
    {
        _unregistered.AddRange(Exchanged(result.Buckets));
        (_registered, _sequence) = (result.Buckets, result.Sequence);
        ReleaseSums();
        await EnsureContentsAsync();

        var counted = batch.Where(update => result.Counted.Contains(update.Device)).ToList();
        batch.RemoveAll(counted.Contains);
        Decide(counted, SubmitUpdateResult.CountedBefore);
        await _contents!.AddAsync(batch);
    }

    /// <summary>Sums with what is registered in them; where that cannot be read there are none, and it is tried again for the next batch.</summary>
    private async Task EnsureContentsAsync()
    {
        if (_contents is not null)
        {
            return;
        }

        IFoldContents contents = _rules.KeepsUpdates ? new FoldUpdates(_parts, Plan, _key) : new FoldBuckets(_parts, Plan, _key, ParameterCount);

        try
        {
            await contents.LoadAsync(_registered);
        }
        catch
        {
            contents.Dispose();
            throw;
        }

        _contents = contents;
    }

    private void CloseWith(List<PendingUpdate> batch, RegisterResult result)
    {
        lock (_gate)
        {
            _closed = true;
        }

        _contents!.Subtract(batch);
        Decide([.. batch.Where(update => result.Counted.Contains(update.Device))], SubmitUpdateResult.CountedBefore);
        Decide([.. batch.Where(update => !result.Counted.Contains(update.Device))], SubmitUpdateResult.RoundNotOpen);
        batch.Clear();
    }

    private void ReleaseSums()
    {
        _contents?.Dispose();
        _contents = null;
    }
}
