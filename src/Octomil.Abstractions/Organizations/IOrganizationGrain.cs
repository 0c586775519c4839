using System.Collections.Immutable;
using Octomil.Devices;
using Orleans.Concurrency;

namespace Octomil.Organizations;

/// <summary>
/// A tenant (key: <c>org_...</c>): its API keys, its device groups, and the names under which it knows models, federations and runs.
/// Whoever calls it speaks for that organization; callers establish that from the API key.
/// </summary>
[Alias("octomil.organization")]
public interface IOrganizationGrain : IGrainWithStringKey
{
    /// <summary>Creates the organization; again with the same name is the same. False: the id is taken by another name.</summary>
    [Alias("create")]
    Task<bool> CreateAsync(string name);

    /// <summary>Creates the organization with its first key. Null: it has a key already, so it is somebody's.</summary>
    [Alias("found")]
    Task<IssuedApiKey?> FoundAsync(string name, string keyName, ImmutableArray<string> scopes);

    /// <summary>Null where there is no such organization.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<OrganizationSnapshot?> GetAsync();

    /// <summary>
    /// Makes a key. The secret is in this answer only; pass one in to take it instead of a new one (bootstrap). Without an expiry it
    /// is valid until it is revoked.
    /// </summary>
    [Alias("create-key")]
    Task<IssuedApiKey> CreateKeyAsync(string name, ImmutableArray<string> scopes, string? secret, DateTimeOffset? expiresAt = null);

    [Alias("keys")]
    Task<ImmutableArray<ApiKeyRecord>> ListKeysAsync();

    /// <summary>False: no such key, or it is revoked or expired.</summary>
    [Alias("key-is-valid"), AlwaysInterleave]
    Task<bool> IsKeyValidAsync(string keyId);

    /// <summary>Revokes a key and ends the connections opened with it; again is the same. Null: no such key.</summary>
    [Alias("revoke-key")]
    Task<ApiKeyRecord?> RevokeKeyAsync(string keyId);

    /// <summary>Adds a group; again is the same. A group of that name that has another mode or other rules stays, and is returned.</summary>
    [Alias("create-group-by-rules")]
    Task<DeviceGroup> CreateGroupAsync(string name, string? description, GroupMode mode, ImmutableArray<DeviceRule> rules);

    /// <summary>The id under which the organization knows the model of this name; reserves a new id where it has none.</summary>
    [Alias("claim-model")]
    Task<string> ClaimModelAsync(string name);

    /// <summary>The same for a federation it owns.</summary>
    [Alias("claim-federation")]
    Task<string> ClaimFederationAsync(string name);

    /// <summary>Remembers a federation that invited the organization. False: no such organization.</summary>
    [Alias("add-federation")]
    Task<bool> AddFederationAsync(string federationId, string name);

    /// <summary>A run in which devices of the organization may be selected; news is given to its devices from then on.</summary>
    [Alias("add-run")]
    Task AddRunAsync(string runId);

    [Alias("remove-run")]
    Task RemoveRunAsync(string runId);
}

/// <summary>Which organization has a name (key: see <see cref="GrainKeys.GetOrganizationName"/>).</summary>
[Alias("octomil.organization-name")]
public interface IOrganizationNameGrain : IGrainWithStringKey
{
    /// <summary>The organization that has the name: the first that claimed it.</summary>
    [Alias("claim")]
    Task<string> ClaimAsync(string organizationId);
}

/// <summary>What an API key stands for (key: SHA-256 of the secret, hex).</summary>
[Alias("octomil.api-key")]
public interface IApiKeyGrain : IGrainWithStringKey
{
    [Alias("set")]
    Task SetAsync(ApiKeyGrant grant);

    [Alias("revoke")]
    Task RevokeAsync();

    /// <summary>Null: unknown, revoked or expired. Asking counts as using it.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<ApiKeyGrant?> GetAsync();

    /// <summary>When it was last used; null: never. Stored once a minute at most, so a crash may cost the last minute.</summary>
    [Alias("last-used"), AlwaysInterleave]
    Task<DateTimeOffset?> GetLastUsedAsync();
}
