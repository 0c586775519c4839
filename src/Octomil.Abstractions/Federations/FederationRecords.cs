using System.Collections.Immutable;

namespace Octomil.Federations;

/// <summary>A federation as its members see it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.federation-snapshot")]
public sealed record FederationSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public string? Description { get; init; }
    [Id(3)] public required string OwnerId { get; init; }
    [Id(4)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(5)] public ImmutableArray<FederationMember> Members { get; init; } = [];

    /// <summary>Id to name. Empty for a caller that is not an active member.</summary>
    [Id(6)] public ImmutableSortedDictionary<string, string> Models { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>One organization's membership.</summary>
[GenerateSerializer, Immutable, Alias("octomil.federation-member")]
public sealed record FederationMember
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required string OrganizationName { get; init; }
    [Id(2)] public required bool IsOwner { get; init; }
    [Id(3)] public required MembershipStatus Status { get; init; }
    [Id(4)] public DateTimeOffset? JoinedAt { get; init; }
}

/// <summary>The answer to a change of memberships.</summary>
[GenerateSerializer, Immutable, Alias("octomil.membership-result")]
public sealed record MembershipResult
{
    [Id(0)] public required FederationResult Result { get; init; }

    /// <summary>The memberships as they are now; after a refusal those that are in the way.</summary>
    [Id(1)] public ImmutableArray<FederationMember> Members { get; init; } = [];

    /// <summary>Named organizations that have no membership.</summary>
    [Id(2)] public ImmutableArray<string> Unknown { get; init; } = [];

    /// <summary>Rounds that were being sealed with updates of the organizations: there they count still.</summary>
    [Id(3)] public ImmutableArray<string> SealingRounds { get; init; } = [];

    /// <summary>With <see cref="FederationResult.RunInProgress"/>: the model that a run trains.</summary>
    [Id(4)] public string? Model { get; init; }
}

/// <summary>The answer to an invitation: the status of each organization that exists, and the ids that do not.</summary>
[GenerateSerializer, Immutable, Alias("octomil.invite-result")]
public sealed record InviteResult
{
    [Id(0)] public required FederationResult Result { get; init; }
    [Id(1)] public ImmutableArray<FederationMember> Members { get; init; } = [];
    [Id(2)] public ImmutableArray<string> Unknown { get; init; } = [];
}
