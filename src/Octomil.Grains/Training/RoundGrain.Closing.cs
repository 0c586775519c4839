using Octomil.Learning.Strategies;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>From open to sealed or abandoned, at the target or at the deadline. Called again each second until it is done.</summary>
internal sealed partial class RoundGrain
{
    private async Task CloseAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (store.State.Phase is RoundPhase.Open or RoundPhase.Sealing)
            {
                await (Plan.Kind is RoundKind.Train ? CloseTrainingAsync(cancellationToken) : CloseVolatileAsync());
            }
        }
        catch (Exception exception) when (exception is PayloadMissingException or PayloadDamagedException)
        {
            LogSealingFailed(logger, exception, Id);
            await AbandonAsync("The stored sums of the round could not be read; its devices train again.");
        }
        catch (StrategyException exception)
        {
            await AbandonAsync(exception.Message);
        }
        catch (RoundKeyException exception)
        {
            LogSealingFailed(logger, exception, Id);
            await AbandonAsync("The key of the round's stored sums is lost; its devices train again.");
        }
        catch (IOException exception)
        {
            // Storage takes or gives nothing now; what is lost for good was told apart above.
            LogSealingWaits(logger, exception, Id);
            return;
        }

        // Before the run hears of it, so before anybody can see it. Called again until the ledgers have answered.
        await SettleAsync();
        _deadline?.Dispose();
        _closing?.Dispose();
        await TellRunAsync();
    }

    private async Task CloseTrainingAsync(CancellationToken cancellationToken)
    {
        // Before anything is decided: without its key the round is lost, whatever was counted.
        var key = await OpenKeyAsync();

        if (store.State.Phase is RoundPhase.Open && store.State.UpdatesThatEnter(Plan) < Plan.MinUpdates)
        {
            await AbandonAsync($"Only {store.State.UpdatesThatEnter(Plan)} of at least {Plan.MinUpdates} updates came before the deadline.");
            return;
        }

        await SaveAsync(store.State.BeginSealing());
        var started = clock.GetTimestamp();
        using var trace = meter.TraceSealing(Id);
        var sealedWeights = await SealOffTurnAsync(key, cancellationToken);

        await SaveAsync(store.State.Seal(new RoundOutcome
        {
            RoundId = Id,
            Phase = RoundPhase.Sealed,
            Weights = sealedWeights.Weights,
            OptimizerState = sealedWeights.OptimizerState,
            Tally = sealedWeights.Tally,
            NextClip = sealedWeights.NextClip,
            ClosedAt = clock.GetUtcNow(),
        }));
        meter.Closed(Plan.Kind, RoundPhase.Sealed);
        meter.Sealed(clock.GetElapsedTime(started));
        LogSealed(logger, Id, store.State.Updates, clock.GetElapsedTime(started).TotalMilliseconds);
    }

    // The vectors of a big model are no work for a grain's thread.
    private Task<SealedWeights> SealOffTurnAsync(byte[] key, CancellationToken cancellationToken)
    {
        var roundPlan = Plan;
        var input = store.State.ToSeal(Plan);
        return Task.Run(() => sealer.SealAsync(roundPlan, key, input, cancellationToken), cancellationToken);
    }

    private async Task CloseVolatileAsync()
    {
        var answers = _answers ?? new VolatileAnswers();

        if (Plan.Kind is RoundKind.Statistics && answers.Statistics.Count < Plan.MinUpdates)
        {
            await AbandonAsync($"Only {answers.Statistics.Count} of at least {Plan.MinUpdates} devices gave statistics of their features.");
            return;
        }

        var outcome = Plan.Kind is RoundKind.Statistics
            ? RunScaling.Merge(Plan, answers.Statistics)
            : new RoundOutcome { RoundId = Id, Phase = RoundPhase.Sealed, Tally = answers.TallyOfEvaluations(Plan) };
        await SaveAsync(store.State.Seal(outcome with { ClosedAt = clock.GetUtcNow() }));
        meter.Closed(Plan.Kind, RoundPhase.Sealed);
        LogSealed(logger, Id, answers.Count, 0);
    }
}
