using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>
/// Group commit. While one batch is written and registered, the next one gathers. An update is answered 200 only after the round
/// has saved a reference to sums that hold it; a batch that cannot be made durable is taken out of the sums again.
/// </summary>
internal sealed partial class RoundFold
{
    // Only a first guess of how long a commit takes; measured from then on.
    private const double AssumedBytesPerSecond = 400e6;

    private FoldSums? _sums;
    private long _sequence;
    private CheckpointRef? _registered;
    private List<CheckpointRef> _unregistered = [];
    private TimeSpan _expectedCommit;

    private async Task CommitAllAsync()
    {
        while (true)
        {
            await GatherMoreAsync();
            List<PendingUpdate> batch;

            lock (_gate)
            {
                if (_gathered.Count == 0)
                {
                    _committing = false;

                    if (_closed)
                    {
                        ReleaseSums();
                    }

                    return;
                }

                (batch, _gathered) = (_gathered, []);
            }

            await CommitAsync(batch);
        }
    }

    /// <summary>
    /// Waits for updates that are being received at this moment, for no longer than a commit takes: one commit for many is cheaper
    /// than one for each, and nobody waits twice as long.
    /// </summary>
    private async Task GatherMoreAsync()
    {
        var started = _parts.Clock.GetTimestamp();
        var patience = _expectedCommit < _parts.Options.LongestGathering ? _expectedCommit : _parts.Options.LongestGathering;

        while (true)
        {
            Task stir;

            lock (_gate)
            {
                if (_receiving == 0 || _gathered.Count == 0 || _closed || _counted.Count + _gathered.Count >= Plan.TargetUpdates)
                {
                    return;
                }

                _stir = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                stir = _stir.Task;
            }

            var left = patience - _parts.Clock.GetElapsedTime(started);

            if (left <= TimeSpan.Zero)
            {
                return;
            }

            await Task.WhenAny(stir, Task.Delay(left, _parts.Clock));
        }
    }

    private async Task CommitAsync(List<PendingUpdate> batch)
    {
        var started = _parts.Clock.GetTimestamp();
        var inSums = false;

        try
        {
            await EnsureSumsAsync();
            _sums!.Add(batch);
            inSums = true;
            await RegisterAsync(batch);
            _expectedCommit = _parts.Clock.GetElapsedTime(started);
        }
        catch (Exception exception)
        {
            LogCommitFailed(_logger, exception, Plan.RoundId, batch.Count);

            // Without sums, catching up failed in the middle.
            if (inSums)
            {
                _sums?.Subtract(batch);
            }

            Decide(batch, SubmitUpdateResult.NotDurable);
        }
    }

    /// <summary>
    /// Registers the sums with the batch in them until the round has decided about every update; decided ones leave
    /// <paramref name="batch"/>. Throws only where nothing of what is left in the batch can have been counted.
    /// </summary>
    private async Task RegisterAsync(List<PendingUpdate> batch)
    {
        while (batch.Count > 0)
        {
            var checkpoint = await SaveAsync();
            var result = await AskRoundAsync(new FoldRegistration
            {
                FoldId = FoldId, Sequence = _sequence, Checkpoint = checkpoint, Devices = [.. batch.Select(update => update.Device)],
            });

            switch (result.Decision)
            {
                case RegisterDecision.Counted:
                    var superseded = Keep(checkpoint);
                    Decide(batch, SubmitUpdateResult.Accepted);
                    batch.Clear();
                    await DeleteAsync(superseded);
                    break;

                case RegisterDecision.Refused:
                    _unregistered.Add(checkpoint);
                    TakeOut(batch, result);
                    break;

                case RegisterDecision.Behind when result.Sequence < _sequence:
                    // Told by an activation that has not seen what the row has. It finds out with its next save.
                    _unregistered.Add(checkpoint);
                    break;

                case RegisterDecision.Behind:
                    _unregistered.Add(checkpoint);
                    await CatchUpAsync(batch, result);
                    break;

                case RegisterDecision.RoundNotOpen:
                    CloseWith(batch, result);
                    await DeleteAsync([checkpoint]);
                    break;

                default:
                    throw new InvalidOperationException($"No way on from {result.Decision}.");
            }
        }
    }

    private Task<CheckpointRef> SaveAsync()
    {
        var key = ImmutableCollectionsMarshal.AsArray(_key)!;
        return _parts.Payloads.SaveCheckpointAsync(Plan.RoundId, key, _sums!.Tally.ToBytes(), _sums.Values, CancellationToken.None);
    }

    /// <summary>
    /// A lost answer may stand for a saved registration, so the same one is repeated until there is an answer. Buffers stay with
    /// their updates for as long as it takes; whoever waits for them is told to come again.
    /// </summary>
    private async Task<RegisterResult> AskRoundAsync(FoldRegistration registration)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await _parts.Round(Plan.RoundId).RegisterAsync(registration);
            }
            catch (Exception exception)
            {
                LogRegistrationUnanswered(_logger, exception, Plan.RoundId, registration.Sequence);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 50 << Math.Min(attempt, 6))), _parts.Clock);
            }
        }
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
        var counted = batch.Where(update => result.CountedBefore.Contains(update.Device)).ToList();
        List<PendingUpdate> refused = [.. notSelected, .. counted];

        if (refused.Count == 0)
        {
            throw new InvalidOperationException("The round refused a batch without naming a device of it.");
        }

        _sums!.Subtract(refused);
        batch.RemoveAll(refused.Contains);
        Decide(notSelected, SubmitUpdateResult.NotSelected);
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

    private void Decide(List<PendingUpdate> updates, SubmitUpdateResult result)
    {
        lock (_gate)
        {
            foreach (var update in updates)
            {
                _undecided.Remove(update.Device);

                if (result is SubmitUpdateResult.Accepted or SubmitUpdateResult.CountedBefore)
                {
                    _counted.Add(update.Device);
                }
            }
        }

        updates.ForEach(update => update.Decide(result));
    }

    // Never throws: what stays behind is encrypted and goes with the round, and the batch is decided already.
    private async Task DeleteAsync(List<CheckpointRef> checkpoints)
    {
        foreach (var checkpoint in checkpoints)
        {
            try
            {
                await _parts.Payloads.DeleteCheckpointAsync(checkpoint, CancellationToken.None);
            }
            catch (Exception exception)
            {
                LogCheckpointLeft(_logger, exception, checkpoint.Name, Plan.RoundId);
            }
        }
    }

    private void ReleaseSums()
    {
        _sums?.Dispose();
        _sums = null;
    }
}
