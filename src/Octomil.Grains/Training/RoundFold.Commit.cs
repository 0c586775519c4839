namespace Octomil.Training;

/// <summary>
/// Group commit. While one batch is written and registered, the next one gathers. An update is answered 200 only after the round
/// has saved a reference to sums that hold it; a batch that cannot be made durable is taken out of the sums again.
/// </summary>
internal sealed partial class RoundFold
{
    // Only a first guess of how long a commit takes; measured from then on.
    private const double AssumedBytesPerSecond = 400e6;

    // So many updates being received at a time are few.
    private const double Few = 8;

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
    /// Waits for updates that are being received at this moment: one commit for many is cheaper than one for each. With few of them
    /// for no longer than a commit takes, so that nobody waits twice as long; with many for longer, as each takes longer to be received.
    /// Half of the silo's buffers are enough: the others are to be filled while these are committed.
    /// </summary>
    private async Task GatherMoreAsync()
    {
        var started = _parts.Clock.GetTimestamp();

        while (true)
        {
            Task stir;
            TimeSpan patience;

            lock (_gate)
            {
                patience = _expectedCommit * Math.Max(1, _receiving / Few);
                patience = patience < _parts.Options.LongestGathering ? patience : _parts.Options.LongestGathering;

                if (_receiving == 0 || _gathered.Count is 0 || _gathered.Count >= _mostGathered || _closed || _counted.Count + _gathered.Count >= Plan.TargetUpdates)
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
            await EnsureContentsAsync();
            await _contents!.AddAsync(batch);
            inSums = true;
            await RegisterAsync(batch);
            _expectedCommit = _parts.Clock.GetElapsedTime(started);
        }
        catch (Exception exception)
        {
            LogCommitFailed(_logger, exception, Plan.RoundId, batch.Count);

            // Without contents, catching up failed in the middle. Where adding failed they are read again for the next batch.
            if (inSums)
            {
                _contents?.Subtract(batch);
            }
            else
            {
                ReleaseSums();
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
            var checkpoints = await _contents!.SaveAsync(batch);
            var result = await AskRoundAsync(new FoldRegistration
            {
                FoldId = FoldId, Sequence = _sequence, Buckets = checkpoints, Devices = [.. batch.Select(update => update.Device)],
            });

            switch (result.Decision)
            {
                case RegisterDecision.Counted:
                    var superseded = Keep(checkpoints);
                    Decide(batch, SubmitUpdateResult.Accepted);
                    batch.Clear();
                    await DeleteAsync(superseded);
                    break;

                case RegisterDecision.Refused:
                    _unregistered.AddRange(checkpoints.Select(bucket => bucket.Checkpoint));
                    TakeOut(batch, result);
                    break;

                case RegisterDecision.Behind when result.Sequence < _sequence:
                    // Told by an activation that has not seen what the row has. It finds out with its next save.
                    _unregistered.AddRange(checkpoints.Select(bucket => bucket.Checkpoint));
                    break;

                case RegisterDecision.Behind:
                    _unregistered.AddRange(checkpoints.Select(bucket => bucket.Checkpoint));
                    await CatchUpAsync(batch, result);
                    break;

                case RegisterDecision.RoundNotOpen:
                    CloseWith(batch, result);
                    await DeleteAsync([.. checkpoints.Select(bucket => bucket.Checkpoint)]);
                    break;

                default:
                    throw new InvalidOperationException($"No way on from {result.Decision}.");
            }
        }
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
}
