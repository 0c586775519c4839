using System.Collections.Immutable;

namespace Octomil.Experiments;

/// <summary>One organization's experiments, oldest first.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-list-state")]
internal sealed record ExperimentListState
{
    private const int Most = 1000;

    [Id(0)] public ImmutableArray<ListedExperiment> Experiments { get; init; } = [];

    /// <summary>The same where it is in the list; null: the list is full.</summary>
    public ExperimentListState? Add(ListedExperiment experiment) =>
        Experiments.Any(known => known.Id == experiment.Id) ? this
        : Experiments.Length >= Most ? null
        : this with { Experiments = Experiments.Add(experiment) };
}

internal sealed class ExperimentListGrain(
    [PersistentState("experiments", StorageNames.Grains)] IPersistentState<ExperimentListState> store) : Grain, IExperimentListGrain
{
    public async Task<bool> AddAsync(ListedExperiment experiment)
    {
        if (store.State.Add(experiment) is not { } next)
        {
            return false;
        }

        await store.SaveIfChangedAsync(next, this);
        return true;
    }

    public Task<ImmutableArray<ListedExperiment>> GetAsync() => Task.FromResult(store.State.Experiments);
}
