using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Octomil.Devices;
using Octomil.Webhooks;

namespace Octomil.Organizations;

internal sealed partial class OrganizationGrain(
    [PersistentState("organization", StorageNames.Grains)] IPersistentState<OrganizationState> store,
    [PersistentState("policy", StorageNames.Grains)] IPersistentState<PolicyState> policy,
    IGrainFactory grains, DevicePush push, IOptions<DirectoryOptions> directory, IOptions<WebhookOptions> webhooks, IIdSource ids, TimeProvider clock) : Grain, IOrganizationGrain
{
    private const int SecretLength = 32;
    private const int PrefixLength = 13;

    private string Id => this.GetPrimaryKeyString();

    public async Task<bool> CreateAsync(string name)
    {
        await store.SaveAsync(store.State.Create(name, clock.GetUtcNow()), this);
        return store.State.Name == name;
    }

    public async Task<IssuedApiKey?> FoundAsync(string name, string keyName, ImmutableArray<string> scopes)
    {
        if (!store.State.Keys.IsEmpty)
        {
            return null;
        }

        var issued = NewKey(keyName, scopes, secret: null, expiresAt: null);

        // The key's own row first: after the save below nobody would make another, and until then nobody knows this one.
        await GrantAsync(issued.Record);
        await store.SaveAsync(store.State.Create(name, clock.GetUtcNow()).WithKey(issued.Record), this);
        return issued;
    }

    public Task<OrganizationSnapshot?> GetAsync() => Task.FromResult(store.State.ToSnapshot(Id));

    public async Task<IssuedApiKey> CreateKeyAsync(string name, ImmutableArray<string> scopes, string? secret, DateTimeOffset? expiresAt)
    {
        var issued = NewKey(name, scopes, secret, expiresAt);
        await store.SaveAsync(store.State.WithKey(issued.Record), this);
        var record = store.State.Keys.First(key => key.Hash == issued.Record.Hash);
        await GrantAsync(record);
        return issued with { Record = record };
    }

    public Task<ImmutableArray<ApiKeyRecord>> ListKeysAsync() => Task.FromResult(store.State.Keys);

    public Task<bool> IsKeyValidAsync(string keyId) => Task.FromResult(store.State.Keys.Any(key => key.Id == keyId && key.IsValidAt(clock.GetUtcNow())));

    public async Task<ApiKeyRecord?> RevokeKeyAsync(string keyId)
    {
        var (next, key) = store.State.RevokeKey(keyId, clock.GetUtcNow());
        await store.SaveAsync(next, this);

        if (key is not null)
        {
            await grains.GetApiKeyByHash(key.Hash).RevokeAsync();

            // After both saves: whoever connects from now on is refused, so no connection is missed.
            await push.EndKeyAsync(Id, keyId);
        }

        return key;
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

    private IssuedApiKey NewKey(string name, ImmutableArray<string> scopes, string? secret, DateTimeOffset? expiresAt)
    {
        secret ??= "edg_live_" + ids.NewSecret(SecretLength);
        return new IssuedApiKey
        {
            Secret = secret,
            Record = new ApiKeyRecord
            {
                Id = ids.NewId("key_", 8),
                Name = name,
                Prefix = secret[..PrefixLength],
                Hash = GrainKeys.HashOfSecret(secret),
                Scopes = scopes,
                CreatedAt = clock.GetUtcNow(),
                ExpiresAt = expiresAt,
            },
        };
    }

    private Task GrantAsync(ApiKeyRecord key) => grains.GetApiKeyByHash(key.Hash).SetAsync(
        new ApiKeyGrant { OrganizationId = Id, KeyId = key.Id, Scopes = key.Scopes, ExpiresAt = key.ExpiresAt, Name = key.Name });
}
