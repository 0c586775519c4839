using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Federations;

/// <summary>
/// Organizations that train together (key: <c>fed_...</c>). Every call names the calling organization, and the grain decides
/// what it may see and do: one that is no member gets the same answer as for a federation that does not exist.
/// </summary>
[Alias("octomil.federation")]
public interface IFederationGrain : IGrainWithStringKey
{
    /// <summary>Creates the federation; again by the same owner is the same. False: the id is taken.</summary>
    [Alias("create")]
    Task<bool> CreateAsync(string ownerId, string ownerName, string name, string? description);

    /// <summary>Null where there is none or the caller is no member (invited ones may look).</summary>
    [Alias("get"), AlwaysInterleave]
    Task<FederationSnapshot?> GetAsync(string callerId);

    /// <summary>True only for active members; read by models and runs at every use.</summary>
    [Alias("is-active-member"), AlwaysInterleave]
    Task<bool> IsActiveMemberAsync(string organizationId);

    /// <summary>Invites organizations, idempotently; only the owner.</summary>
    [Alias("invite")]
    Task<InviteResult> InviteAsync(string callerId, ImmutableArray<string> organizationIds);

    /// <summary>An invited organization becomes active; again is the same.</summary>
    [Alias("join")]
    Task<FederationResult> JoinAsync(string callerId);

    /// <summary>Shares one of the owner's models with the active members; only the owner; again is the same.</summary>
    [Alias("share-model")]
    Task<FederationResult> ShareModelAsync(string callerId, string modelId);
}

/// <summary>Outcomes of a federation's commands.</summary>
public enum FederationResult
{
    None = 0,
    Done = 1,
    NotFound = 2,
    NotOwner = 3,
    NotInvited = 4,
    ModelNotFound = 5,
}

/// <summary>Where a membership stands.</summary>
public enum MembershipStatus
{
    None = 0,
    Invited = 1,
    Active = 2,
    Suspended = 3,
    Left = 4,
}
