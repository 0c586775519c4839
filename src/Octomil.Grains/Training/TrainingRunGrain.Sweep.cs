using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>Which weights a run needs, and deleting those that a crash left.</summary>
internal sealed partial class TrainingRunGrain
{
    public Task<ImmutableArray<WeightsRef>> GetWeightsAsync() =>
        Task.FromResult(State.Order is null || State.CleanedUp || State.Weights is null ? [] : State.OptimizerState.Add(State.Weights).AddRange(State.EarlierBases));

    public async Task<int> SweepAsync(DateTimeOffset storedBefore)
    {
        // In the run's own turn: neither its row nor its open round's result changes hands meanwhile. What a round is writing is new.
        var needed = await GetWeightsAsync();
        var outcome = State.OpenRound is { } open ? await grains.GetRound(open).GetOutcomeAsync() : null;
        var names = needed.Concat(outcome?.OptimizerState ?? []).Append(outcome?.Weights).Select(weights => weights?.Sha256).ToHashSet();
        var deleted = 0;

        await foreach (var stored in inventory.ListRunWeightsAsync(Id, CancellationToken.None))
        {
            if (!names.Contains(stored.Weights.Sha256) && await inventory.CollectWeightsAsync(stored.Weights, storedBefore, CancellationToken.None))
            {
                deleted++;
            }
        }

        return deleted;
    }
}
