namespace Octomil.Models;

/// <summary>What federations ask of a model that they share.</summary>
internal sealed partial class ModelGrain
{
    public async Task<bool> UnshareWithAsync(string ownerId, string federationId)
    {
        if (!IsOwner(ownerId) || !store.State.Federations.Contains(federationId))
        {
            return true;
        }

        if (store.State.ActiveRun is not null)
        {
            return false;
        }

        await store.SaveAsync(store.State with { Federations = store.State.Federations.Remove(federationId) }, this);
        return true;
    }

    public async Task<string?> GetActiveRunAsync()
    {
        // Whoever asks must not miss a run, and another activation may have begun one.
        await store.ReadStateAsync();
        return store.State.ActiveRun;
    }
}
