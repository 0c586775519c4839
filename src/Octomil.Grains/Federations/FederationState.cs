using System.Collections.Immutable;

namespace Octomil.Federations;

/// <summary>A federation's row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.federation-state")]
internal sealed partial record FederationState
{
    [Id(0)] public string Name { get; init; } = "";
    [Id(1)] public string? Description { get; init; }
    [Id(2)] public string OwnerId { get; init; } = "";
    [Id(3)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>In the order of joining the list; the owner first.</summary>
    [Id(4)] public ImmutableArray<FederationMember> Members { get; init; } = [];

    /// <summary>Id to name.</summary>
    [Id(5)] public ImmutableSortedDictionary<string, string> Models { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Organizations whose membership ended and of which the open runs have not all confirmed to know.</summary>
    [Id(7)] public ImmutableSortedSet<string> Untold { get; init; } = [];

    public bool Exists => OwnerId.Length > 0;

    /// <summary>An owner that left all alone may come back to its federation by its name.</summary>
    public FederationState Create(string ownerId, string ownerName, string name, string? description, DateTimeOffset now) => Exists
        ? ownerId == OwnerId && !IsActive(ownerId) ? With(Find(ownerId)!, MembershipStatus.Active, now) : this
        : this with
        {
            Name = name,
            Description = description,
            OwnerId = ownerId,
            CreatedAt = now,
            Members =
            [
                new FederationMember
                {
                    OrganizationId = ownerId, OrganizationName = ownerName, IsOwner = true, Status = MembershipStatus.Active, JoinedAt = now,
                },
            ],
        };

    public FederationMember? Find(string organizationId) => Members.FirstOrDefault(member => member.OrganizationId == organizationId);

    public bool IsActive(string organizationId) => Find(organizationId) is { Status: MembershipStatus.Active };

    /// <summary>A membership that exists stays as it is; one that was left is invited again.</summary>
    public FederationState Invite(string organizationId, string organizationName)
    {
        var member = Find(organizationId);

        if (member is null)
        {
            return this with
            {
                Members = Members.Add(new FederationMember
                {
                    OrganizationId = organizationId, OrganizationName = organizationName, IsOwner = false, Status = MembershipStatus.Invited,
                }),
            };
        }

        return member.Status is MembershipStatus.Left
            ? With(member, MembershipStatus.Invited, joinedAt: null)
            : this;
    }

    public (FederationState Next, FederationResult Result) Join(string organizationId, DateTimeOffset now)
    {
        var member = Find(organizationId);

        return member?.Status switch
        {
            MembershipStatus.Active => (this, FederationResult.Done),
            MembershipStatus.Invited => (With(member, MembershipStatus.Active, now), FederationResult.Done),
            MembershipStatus.Suspended => (this, FederationResult.Suspended),
            MembershipStatus.Left => (this, FederationResult.NotInvited),
            _ => (this, FederationResult.NotFound),
        };
    }

    public FederationState WithModel(string modelId, string name) =>
        Models.ContainsKey(modelId) ? this : this with { Models = Models.Add(modelId, name) };

    /// <summary>Null for whoever is no member; the invited see no models.</summary>
    public FederationSnapshot? ToSnapshot(string id, string callerId)
    {
        var caller = Find(callerId);

        if (!Exists || caller is null or { Status: MembershipStatus.Left })
        {
            return null;
        }

        return new FederationSnapshot
        {
            Id = id,
            Name = Name,
            Description = Description,
            OwnerId = OwnerId,
            CreatedAt = CreatedAt,
            Members = Members,
            Models = caller.Status is MembershipStatus.Active ? Models : ImmutableSortedDictionary<string, string>.Empty,
        };
    }
}
