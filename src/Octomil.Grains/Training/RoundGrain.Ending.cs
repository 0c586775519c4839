using Octomil.Storage;

namespace Octomil.Training;

/// <summary>What is left of a round that is over, and its end without a result.</summary>
internal sealed partial class RoundGrain
{
    public async Task AbandonAsync(string reason)
    {
        var next = store.State.Abandon(new RoundOutcome
        {
            RoundId = Id, Phase = RoundPhase.Abandoned, Reason = reason, ClosedAt = clock.GetUtcNow(),
        }, IsPrivate);

        if (ReferenceEquals(next, store.State))
        {
            await SettleAsync();
            return;
        }

        await SaveAsync(next);
        await AbandonedAsync(reason);
    }

    private async Task AbandonedAsync(string reason)
    {
        if (plan.State.Plan is null)
        {
            // Never opened, and from now on it cannot be.
            return;
        }

        meter.Closed(Plan.Kind, RoundPhase.Abandoned);
        LogAbandoned(logger, Id, reason);

        try
        {
            await EraseKeyAsync();
        }
        catch (StorageUnavailableException exception)
        {
            // It is abandoned all the same; finishing it or the sweep erases the key.
            LogKeyLeft(logger, exception, Id);
        }

        await SettleAsync();
    }

    public async Task FinishAsync()
    {
        if (_finished || plan.State.Plan is null)
        {
            return;
        }

        // A run that was stopped may have crashed before it told the round.
        await AbandonAsync("The run has ended.");
        await SettleAsync();

        // First the key: from then on neither the row, nor an old copy of it, nor a copy of a checkpoint is of use to anyone. A sealed
        // round needs none of them.
        await EraseKeyAsync();
        await SaveAsync(store.State.Publish());
        await payloads.DeleteRoundAsync(Id, CancellationToken.None);
        await erasure.FlushAsync(CancellationToken.None);
        _finished = true;
        DeactivateOnIdle();
    }

    public async Task SweepAsync()
    {
        // None: a crash came between the key and the row; opening it makes another key.
        if (store.State.Phase is RoundPhase.None or RoundPhase.Published or RoundPhase.Abandoned)
        {
            await EraseKeyAsync();
            await payloads.DeleteRoundAsync(Id, CancellationToken.None);
            DeactivateOnIdle();
        }
    }
}
