using System.Collections.Immutable;

namespace Octomil.Webhooks;

/// <summary>Keys of webhooks with something to deliver.</summary>
[GenerateSerializer, Immutable, Alias("octomil.busy-webhooks-state")]
internal sealed record BusyWebhooksState
{
    [Id(0)] public ImmutableSortedSet<string> Keys { get; init; } = [];
}

internal sealed class BusyWebhooksGrain(
    [PersistentState("busy-webhooks", StorageNames.Grains)] IPersistentState<BusyWebhooksState> store, IGrainFactory grains) : Grain, IBusyWebhooksGrain
{
    public Task AddAsync(string key) => ChangeAsync(store.State.Keys.Add(key));

    public Task RemoveAsync(string key) => ChangeAsync(store.State.Keys.Remove(key));

    public async Task WakeAllAsync()
    {
        foreach (var key in store.State.Keys)
        {
            await grains.GetGrain<IWebhookGrain>(key).WakeAsync();
        }
    }

    private Task ChangeAsync(ImmutableSortedSet<string> keys) =>
        store.SaveIfChangedAsync(keys.Count == store.State.Keys.Count ? store.State : new BusyWebhooksState { Keys = keys }, this);
}
