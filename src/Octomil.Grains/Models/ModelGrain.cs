namespace Octomil.Models;

/// <remarks>
/// Reads interleave with commands: they see one immutable state record, before or after the command, never between. Therefore a
/// federation that is sharing the model may be asked about its members at the same time.
/// </remarks>
internal sealed partial class ModelGrain(
    [PersistentState("model", StorageNames.Grains)] IPersistentState<ModelState> store,
    IGrainFactory grains, TimeProvider clock) : Grain, IModelGrain
{
    private string Id => this.GetPrimaryKeyString();

    public async Task<bool> CreateAsync(string ownerId, ModelDescription description)
    {
        await store.SaveAsync(store.State.Create(ownerId, description, clock.GetUtcNow()), this);
        return store.State.OwnerId == ownerId;
    }

    public async Task<ModelSnapshot?> GetAsync(string callerId) =>
        store.State.Exists && await MayReadAsync(callerId) ? store.State.ToSnapshot(Id) : null;

    public async Task<AddVersionResult> AddVersionAsync(string callerId, ModelVersion version)
    {
        if (!IsOwner(callerId))
        {
            return AddVersionResult.NotFound;
        }

        var (next, result) = store.State.Add(version);
        await store.SaveAsync(next, this);
        return result;
    }

    public async Task<string?> PublishRunAsync(string callerId, ModelVersion version)
    {
        if (!IsOwner(callerId))
        {
            return null;
        }

        var (next, name) = store.State.Publish(version);
        await store.SaveAsync(next, this);
        return name;
    }

    public async Task<string?> BeginRunAsync(string callerId, string runId, string baseVersion)
    {
        if (!IsOwner(callerId))
        {
            return null;
        }

        var (next, holder) = store.State.BeginRun(runId, baseVersion);
        await store.SaveAsync(next, this);
        return holder;
    }

    public Task EndRunAsync(string runId) => store.SaveIfExistsAsync(store.State.EndRun(runId), this);

    public async Task<bool> ShareWithAsync(string ownerId, string federationId)
    {
        if (!IsOwner(ownerId))
        {
            return false;
        }

        await store.SaveAsync(store.State.ShareWith(federationId), this);
        return true;
    }

    private bool IsOwner(string callerId) => store.State.Exists && store.State.OwnerId == callerId;

    private async Task<bool> MayReadAsync(string callerId)
    {
        if (IsOwner(callerId))
        {
            return true;
        }

        foreach (var federationId in store.State.Federations)
        {
            if (await grains.GetFederation(federationId).IsActiveMemberAsync(callerId))
            {
                return true;
            }
        }

        return false;
    }
}
