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

    /// <summary>Takes a model back from the members; only the owner; again is the same. Refused while a run trains it.</summary>
    [Alias("unshare-model")]
    Task<FederationResult> UnshareModelAsync(string callerId, string modelId);

    /// <summary>
    /// Changes memberships; only the owner; again is the same; all of them or, where one cannot be changed so, none. Where a membership
    /// ends, this answers once the open runs have confirmed that the organization is out; until they have, they are told again and again.
    /// </summary>
    [Alias("change-members")]
    Task<MembershipResult> ChangeMembersAsync(string callerId, MembershipChange change, ImmutableArray<string> organizationIds);

    /// <summary>The caller leaves, with the same effect as being removed. The owner is the last to leave, and takes its models with it.</summary>
    [Alias("leave")]
    Task<MembershipResult> LeaveAsync(string callerId);

    /// <summary>Goes on telling open runs of memberships that ended, where a crash came between.</summary>
    [Alias("wake"), OneWay]
    Task WakeAsync();
}

/// <summary>What an owner does with a membership.</summary>
public enum MembershipChange
{
    None = 0,

    /// <summary>Ends it, or takes an invitation back.</summary>
    Remove = 1,

    /// <summary>An active member takes no part until it is reinstated.</summary>
    Suspend = 2,

    /// <summary>A suspended member is active again, from the next round on.</summary>
    Reinstate = 3,
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

    /// <summary>A named organization has no membership that could be changed.</summary>
    NotMember = 6,

    /// <summary>A named organization's membership is not of the kind that this change is for.</summary>
    WrongStatus = 7,

    /// <summary>The caller is suspended.</summary>
    Suspended = 8,

    /// <summary>The owner removes or suspends itself.</summary>
    OwnerNamed = 9,

    /// <summary>The owner leaves while others are active.</summary>
    OthersActive = 10,

    /// <summary>A run over the model is in progress.</summary>
    RunInProgress = 11,
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
