using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>A tenant's row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-state")]
internal sealed record OrganizationState
{
    [Id(0)] public string Name { get; init; } = "";
    [Id(1)] public DateTimeOffset CreatedAt { get; init; }
    [Id(2)] public ImmutableArray<ApiKeyRecord> Keys { get; init; } = [];
    [Id(3)] public ImmutableSortedDictionary<string, DeviceGroup> Groups { get; init; } = ImmutableSortedDictionary<string, DeviceGroup>.Empty;

    /// <summary>Name to id.</summary>
    [Id(4)] public ImmutableSortedDictionary<string, string> Models { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Id to name: owned, joined or invited.</summary>
    [Id(5)] public ImmutableSortedDictionary<string, string> Federations { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Name to id, of the federations that this organization made.</summary>
    [Id(6)] public ImmutableSortedDictionary<string, string> OwnFederations { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(7)] public ImmutableSortedSet<string> ActiveRuns { get; init; } = [];

    [Id(20)] public OrganizationPeople People { get; init; } = new();

    public bool Exists => Name.Length > 0;

    public OrganizationState Create(string name, DateTimeOffset now) => Exists ? this : this with { Name = name, CreatedAt = now };

    public OrganizationState WithKey(ApiKeyRecord key) =>
        Keys.Any(known => known.Hash == key.Hash) ? this : this with { Keys = Keys.Add(key) };

    public (OrganizationState Next, ApiKeyRecord? Key) RevokeKey(string keyId, DateTimeOffset now)
    {
        var key = Keys.FirstOrDefault(candidate => candidate.Id == keyId);

        if (key is null || key.RevokedAt is not null)
        {
            return (this, key);
        }

        var revoked = key with { RevokedAt = now };
        return (this with { Keys = Keys.Replace(key, revoked) }, revoked);
    }

    public OrganizationState WithGroup(DeviceGroup group) =>
        Groups.ContainsKey(group.Name) ? this : this with { Groups = Groups.Add(group.Name, group) };

    public OrganizationState WithModel(string name, string id) =>
        Models.ContainsKey(name) ? this : this with { Models = Models.Add(name, id) };

    public OrganizationState WithOwnFederation(string name, string id) => OwnFederations.ContainsKey(name)
        ? this
        : this with { OwnFederations = OwnFederations.Add(name, id), Federations = Federations.SetItem(id, name) };

    public OrganizationState WithFederation(string id, string name) =>
        Federations.ContainsKey(id) ? this : this with { Federations = Federations.Add(id, name) };

    public OrganizationState WithRun(string runId) =>
        ActiveRuns.Contains(runId) ? this : this with { ActiveRuns = ActiveRuns.Add(runId) };

    public OrganizationState WithoutRun(string runId) =>
        ActiveRuns.Contains(runId) ? this with { ActiveRuns = ActiveRuns.Remove(runId) } : this;

    public OrganizationSnapshot? ToSnapshot(string id) => !Exists ? null : new OrganizationSnapshot
    {
        Id = id,
        Name = Name,
        CreatedAt = CreatedAt,
        Models = Models,
        Federations = Federations,
        Groups = Groups,
        ActiveRuns = ActiveRuns,
    };
}
