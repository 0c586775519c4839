using System.Collections.Immutable;

namespace Octomil.Federations;

/// <summary>How memberships change after they have begun.</summary>
internal sealed partial record FederationState
{
    /// <summary>All of the organizations or none; a membership that is as wanted stays as it is.</summary>
    public (FederationState Next, FederationResult Result) Change(MembershipChange change, ImmutableArray<string> organizationIds)
    {
        if (organizationIds.Any(id => Find(id) is null))
        {
            return (this, FederationResult.NotMember);
        }

        if (organizationIds.Contains(OwnerId))
        {
            return (this, FederationResult.OwnerNamed);
        }

        if (organizationIds.Any(id => !IsPossible(change, Find(id)!.Status)))
        {
            return (this, FederationResult.WrongStatus);
        }

        return (organizationIds.Aggregate(this, (state, id) => state.Change(change, state.Find(id)!)), FederationResult.Done);
    }

    /// <summary>A member's own way out; again is the same.</summary>
    public (FederationState Next, FederationResult Result) Leave(string organizationId) => Find(organizationId) switch
    {
        null => (this, FederationResult.NotFound),
        { IsOwner: true } when Members.Any(member => !member.IsOwner && member.Status is MembershipStatus.Active) => (this, FederationResult.OthersActive),

        // Nobody is left who could reinstate or remove anyone, and what it shared is its own again.
        { IsOwner: true } => (Members.Aggregate(this, (state, member) => state.End(member)) with { Models = Models.Clear() }, FederationResult.Done),
        var member => (End(member), FederationResult.Done),
    };

    public FederationState WithoutModel(string modelId) => Models.ContainsKey(modelId) ? this with { Models = Models.Remove(modelId) } : this;

    public FederationState Told(string organizationId) => Untold.Contains(organizationId) ? this with { Untold = Untold.Remove(organizationId) } : this;

    /// <summary>Whether the change can be asked of a membership that stands so, also where it is made already.</summary>
    public static bool IsPossible(MembershipChange change, MembershipStatus status) => change switch
    {
        MembershipChange.Remove => true,
        MembershipChange.Suspend or MembershipChange.Reinstate => status is MembershipStatus.Active or MembershipStatus.Suspended,
        _ => false,
    };

    private FederationState Change(MembershipChange change, FederationMember member) => change switch
    {
        MembershipChange.Remove => End(member),
        MembershipChange.Suspend when member.Status is MembershipStatus.Active => With(member, MembershipStatus.Suspended, member.JoinedAt).Tell(member),
        MembershipChange.Reinstate when member.Status is MembershipStatus.Suspended => With(member, MembershipStatus.Active, member.JoinedAt),
        _ => this,
    };

    private FederationState End(FederationMember member) => member.Status switch
    {
        MembershipStatus.Left => this,
        MembershipStatus.Active => With(member, MembershipStatus.Left, joinedAt: null).Tell(member),
        _ => With(member, MembershipStatus.Left, joinedAt: null),
    };

    private FederationState Tell(FederationMember member) => this with { Untold = Untold.Add(member.OrganizationId) };

    private FederationState With(FederationMember member, MembershipStatus status, DateTimeOffset? joinedAt) =>
        this with { Members = Members.Replace(member, member with { Status = status, JoinedAt = joinedAt }) };
}
