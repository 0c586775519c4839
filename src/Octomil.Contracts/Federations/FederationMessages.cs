namespace Octomil.Federations;

/// <summary>POST /federations.</summary>
public sealed record CreateFederationRequest
{
    public required string Name { get; init; }
    public string? OrgId { get; init; }
    public string? Description { get; init; }
}

/// <summary>A federation; <see cref="OrgId"/> is its owner.</summary>
public sealed record FederationResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string OrgId { get; init; }
}

/// <summary>POST /federations/{id}/invite.</summary>
public sealed record InviteRequest
{
    public required IReadOnlyList<string> OrgIds { get; init; }
}

/// <summary>One line of the answer to an invitation.</summary>
public sealed record InviteResponse
{
    public required string OrgId { get; init; }
    public required string Status { get; init; }
}

/// <summary>POST /federations/{id}/join; <see cref="OrgId"/> is ignored, the key decides.</summary>
public sealed record JoinRequest
{
    public string? OrgId { get; init; }
}

/// <summary>The membership after joining.</summary>
public sealed record JoinResponse
{
    public required string Status { get; init; }
}

/// <summary>POST /federations/{id}/remove, suspend, reinstate: all of the organizations, or where one cannot be changed so, none.</summary>
public sealed record ChangeMembersRequest
{
    public required IReadOnlyList<string> OrgIds { get; init; }
}

/// <summary>
/// A membership after it was changed. <see cref="Effective"/> is now, or next_round where <see cref="SealingRounds"/> were being sealed
/// with updates of the organization: there they count still.
/// </summary>
public sealed record MembershipResponse
{
    public required string OrgId { get; init; }
    public required string Status { get; init; }
    public required string Effective { get; init; }
    public IReadOnlyList<string>? SealingRounds { get; init; }
}

/// <summary>One member: <see cref="Role"/> owner or member; <see cref="Status"/> invited, active, suspended or left.</summary>
public sealed record FederationMemberResponse
{
    public required string OrgId { get; init; }
    public required string OrgName { get; init; }
    public required string Role { get; init; }
    public required string Status { get; init; }
    public DateTimeOffset? JoinedAt { get; init; }
}

/// <summary>POST /federations/{id}/models: share a model by id or name.</summary>
public sealed record ShareModelRequest
{
    public required string ModelId { get; init; }
}

/// <summary>A model as a federation lists it.</summary>
public sealed record SharedModelResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
}
