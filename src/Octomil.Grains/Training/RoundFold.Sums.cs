using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>The sums beside what the round's row has of them, and what each decision of the round does to them. The committing task's alone.</summary>
internal sealed partial class RoundFold
{
    private FoldSums? _sums;
    private long _sequence;
    private CheckpointRef? _registered;
    private List<CheckpointRef> _unregistered = [];

    private Task<CheckpointRef> SaveAsync()
    {
        var key = ImmutableCollectionsMarshal.AsArray(_key)!;
        return _parts.Payloads.SaveCheckpointAsync(Plan.RoundId, key, _sums!.Tally.ToBytes(), _sums, CancellationToken.None);
    }

    // The row refers to the new sums now. What was written before is of no more use, also where it was refused: until here a slow
    // activation of the round might still have saved it.
    private List<CheckpointRef> Keep(CheckpointRef checkpoint)
    {
        var superseded = _unregistered;

        if (_registered is not null)
        {
            superseded.Add(_registered);
        }

        (_registered, _sequence, _unregistered) = (checkpoint, _sequence + 1, []);
        return superseded;
    }

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

        _sums!.Subtract(refused);
        batch.RemoveAll(refused.Contains);
        excluded.ForEach(update => Exclude(OrganizationOf(update.Device)));
        Decide(notSelected, SubmitUpdateResult.NotSelected);
        Decide(excluded, SubmitUpdateResult.OrganizationSuspended);
        Decide(counted, SubmitUpdateResult.CountedBefore);
    }

    // The row is ahead of this fold (an answer was lost for good): take its sums, and fold what they do not hold.
    private async Task CatchUpAsync(List<PendingUpdate> batch, RegisterResult result)
    {
        if (_registered is not null && _registered != result.Checkpoint)
        {
            _unregistered.Add(_registered);
        }

        (_registered, _sequence) = (result.Checkpoint, result.Sequence);
        ReleaseSums();
        await EnsureSumsAsync();

        var counted = batch.Where(update => result.Counted.Contains(update.Device)).ToList();
        batch.RemoveAll(counted.Contains);
        Decide(counted, SubmitUpdateResult.CountedBefore);
        _sums!.Add(batch);
    }

    /// <summary>Sums with what is registered in them; where that cannot be read there are none, and it is tried again for the next batch.</summary>
    private async Task EnsureSumsAsync()
    {
        if (_sums is not null)
        {
            return;
        }

        var sums = new FoldSums(_parts.Buffers, Plan, ParameterCount);

        try
        {
            if (_registered is not null)
            {
                await sums.LoadAsync(_parts.Payloads, _registered, ImmutableCollectionsMarshal.AsArray(_key)!, CancellationToken.None);
            }
        }
        catch
        {
            sums.Dispose();
            throw;
        }

        _sums = sums;
    }

    private void CloseWith(List<PendingUpdate> batch, RegisterResult result)
    {
        lock (_gate)
        {
            _closed = true;
        }

        _sums!.Subtract(batch);
        Decide([.. batch.Where(update => result.Counted.Contains(update.Device))], SubmitUpdateResult.CountedBefore);
        Decide([.. batch.Where(update => !result.Counted.Contains(update.Device))], SubmitUpdateResult.RoundNotOpen);
        batch.Clear();
    }

    private void ReleaseSums()
    {
        _sums?.Dispose();
        _sums = null;
    }
}
