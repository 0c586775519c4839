using System.Collections.Immutable;
using Octomil.Organizations;

namespace Octomil.Fakes;

public sealed class FakeApiKey(ApiKeyGrant? grant) : IApiKeyGrain
{
    public Func<ApiKeyGrant?> Answer { get; set; } = () => grant;

    public Task SetAsync(ApiKeyGrant grant) => throw new NotSupportedException();

    public Task RevokeAsync()
    {
        Answer = () => null;
        return Task.CompletedTask;
    }

    public Task<ApiKeyGrant?> GetAsync() => Task.FromResult(Answer());
}

public sealed class FakeOrganization(string id, FakeGrains grains) : IOrganizationGrain
{
    private readonly List<ApiKeyRecord> _keys = [];

    public OrganizationSnapshot? Snapshot { get; set; }

    public Task<bool> CreateAsync(string name)
    {
        Snapshot ??= new OrganizationSnapshot { Id = id, Name = name, CreatedAt = Time.Start };
        return Task.FromResult(Snapshot.Name == name);
    }

    public Task<OrganizationSnapshot?> GetAsync() => Task.FromResult(Snapshot);

    public Task<IssuedApiKey> CreateKeyAsync(string name, ImmutableArray<string> scopes, string? secret)
    {
        secret ??= $"edg_test_{id}{_keys.Count:D10}";
        var key = new ApiKeyRecord
        {
            Id = $"key_{_keys.Count}",
            Name = name,
            Prefix = secret[..12],
            Hash = GrainKeys.HashOfSecret(secret),
            Scopes = scopes,
            CreatedAt = Time.Start,
        };
        _keys.Add(key);
        grains.Put<IApiKeyGrain, FakeApiKey>(key.Hash, new FakeApiKey(new ApiKeyGrant { OrganizationId = id, KeyId = key.Id, Scopes = scopes }));
        return Task.FromResult(new IssuedApiKey { Record = key, Secret = secret });
    }

    public Task<ImmutableArray<ApiKeyRecord>> ListKeysAsync() => Task.FromResult(_keys.ToImmutableArray());

    public async Task<ApiKeyRecord?> RevokeKeyAsync(string keyId)
    {
        if (_keys.Find(key => key.Id == keyId) is not { } found)
        {
            return null;
        }

        await grains.Factory.GetApiKeyByHash(found.Hash).RevokeAsync();
        return found with { RevokedAt = Time.Start };
    }

    public Task<DeviceGroup> CreateGroupAsync(string name, string? description)
    {
        var group = new DeviceGroup { Name = name, Description = description, CreatedAt = Time.Start };
        Snapshot = Snapshot! with { Groups = Snapshot.Groups.SetItem(name, group) };
        return Task.FromResult(group);
    }

    public Task<string> ClaimModelAsync(string name)
    {
        var model = Snapshot!.Models.GetValueOrDefault(name) ?? $"mdl_{Snapshot.Models.Count:D8}";
        Snapshot = Snapshot with { Models = Snapshot.Models.SetItem(name, model) };
        return Task.FromResult(model);
    }

    public Task<string> ClaimFederationAsync(string name) => Task.FromResult("fed_00000001");

    public Task<bool> AddFederationAsync(string federationId, string name)
    {
        Snapshot = Snapshot! with { Federations = Snapshot.Federations.SetItem(federationId, name) };
        return Task.FromResult(true);
    }

    public Task AddRunAsync(string runId) => Task.CompletedTask;

    public Task RemoveRunAsync(string runId) => Task.CompletedTask;
}
