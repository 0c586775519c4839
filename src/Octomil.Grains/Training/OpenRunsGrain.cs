using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>Ids of runs that are not over.</summary>
[GenerateSerializer, Immutable, Alias("octomil.open-runs-state")]
internal sealed record OpenRunsState
{
    [Id(0)] public ImmutableSortedSet<string> Runs { get; init; } = [];
}

internal sealed class OpenRunsGrain(
    [PersistentState("open-runs", StorageNames.Grains)] IPersistentState<OpenRunsState> store, IGrainFactory grains) : Grain, IOpenRunsGrain
{
    public Task<ImmutableArray<string>> ListAsync() => Task.FromResult<ImmutableArray<string>>([.. store.State.Runs]);

    public Task AddAsync(string runId) => Change(store.State.Runs.Add(runId));

    public Task RemoveAsync(string runId) => Change(store.State.Runs.Remove(runId));

    public async Task WakeAllAsync()
    {
        foreach (var runId in store.State.Runs)
        {
            await grains.GetTrainingRun(runId).WakeAsync();
        }
    }

    private Task Change(ImmutableSortedSet<string> runs) =>
        store.SaveAsync(runs.Count == store.State.Runs.Count ? store.State : new OpenRunsState { Runs = runs }, this);
}
