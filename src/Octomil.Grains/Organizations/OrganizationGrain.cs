using System.Collections.Immutable;

namespace Octomil.Organizations;

internal sealed class OrganizationGrain(
    [PersistentState("organization", StorageNames.Grains)] IPersistentState<OrganizationState> store,
    IGrainFactory grains, IIdSource ids, TimeProvider clock) : Grain, IOrganizationGrain
{
    private const int SecretLength = 32;
    private const int PrefixLength = 13;

    private string Id => this.GetPrimaryKeyString();

    public async Task<bool> CreateAsync(string name)
    {
        await store.SaveAsync(store.State.Create(name, clock.GetUtcNow()), this);
        return store.State.Name == name;
    }

    public Task<OrganizationSnapshot?> GetAsync() => Task.FromResult(store.State.ToSnapshot(Id));

    public async Task<IssuedApiKey> CreateKeyAsync(string name, ImmutableArray<string> scopes, string? secret)
    {
        secret ??= "edg_live_" + ids.NewSecret(SecretLength);
        var hash = GrainKeys.HashOfSecret(secret);
        var next = store.State.WithKey(new ApiKeyRecord
        {
            Id = ids.NewId("key_", 8),
            Name = name,
            Prefix = secret[..PrefixLength],
            Hash = hash,
            Scopes = scopes,
            CreatedAt = clock.GetUtcNow(),
        });

        await store.SaveAsync(next, this);
        var record = next.Keys.First(key => key.Hash == hash);
        await grains.GetApiKeyByHash(hash).SetAsync(new ApiKeyGrant { OrganizationId = Id, KeyId = record.Id, Scopes = record.Scopes });
        return new IssuedApiKey { Record = record, Secret = secret };
    }

    public Task<ImmutableArray<ApiKeyRecord>> ListKeysAsync() => Task.FromResult(store.State.Keys);

    public async Task<ApiKeyRecord?> RevokeKeyAsync(string keyId)
    {
        var (next, key) = store.State.RevokeKey(keyId, clock.GetUtcNow());
        await store.SaveAsync(next, this);

        if (key is not null)
        {
            await grains.GetApiKeyByHash(key.Hash).RevokeAsync();
        }

        return key;
    }

    public async Task<DeviceGroup> CreateGroupAsync(string name, string? description)
    {
        await store.SaveAsync(store.State.WithGroup(new DeviceGroup { Name = name, Description = description, CreatedAt = clock.GetUtcNow() }), this);
        return store.State.Groups[name];
    }

    public async Task<string> ClaimModelAsync(string name)
    {
        await store.SaveAsync(store.State.WithModel(name, ids.NewId("mdl_", 8)), this);
        return store.State.Models[name];
    }

    public async Task<string> ClaimFederationAsync(string name)
    {
        await store.SaveAsync(store.State.WithOwnFederation(name, ids.NewId("fed_", 8)), this);
        return store.State.OwnFederations[name];
    }

    public async Task<bool> AddFederationAsync(string federationId, string name)
    {
        if (!store.State.Exists)
        {
            return false;
        }

        await store.SaveAsync(store.State.WithFederation(federationId, name), this);
        return true;
    }

    public Task AddRunAsync(string runId) => store.SaveAsync(store.State.WithRun(runId), this);

    public Task RemoveRunAsync(string runId) => store.SaveAsync(store.State.WithoutRun(runId), this);
}
