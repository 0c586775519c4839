namespace Octomil.Federations;

/// <summary>What a federation's refusals are over HTTP.</summary>
internal static class FederationRefusals
{
    /// <summary>Null where it was done.</summary>
    public static Refusal? Of(FederationResult result, string federation) => result switch
    {
        FederationResult.Done => null,
        FederationResult.NotFound => Refusal.NotFound("federation", federation),
        FederationResult.NotOwner => Refusal.Forbidden(ErrorCodes.NotOwner, "Only the organization that owns the federation may do this."),
        FederationResult.NotInvited => Refusal.Forbidden(ErrorCodes.NotMember, "The organization is not invited to this federation."),
        FederationResult.Suspended => Refusal.Forbidden(
            ErrorCodes.OrganizationSuspended, "The organization is suspended in this federation; its owner can reinstate it."),
        FederationResult.RunInProgress => Refusal.Conflict(
            ErrorCodes.RunInProgress, "A run trains the model now: stop it, or let it end, before the model is taken out of the federation."),
        FederationResult.ModelNotFound => new Refusal(404, ErrorCodes.NotFound, "The owner of the federation has no such model."),
        _ => throw new InvalidOperationException($"No HTTP answer for {result}."),
    };

    /// <summary>Null where it was done.</summary>
    public static Refusal? Of(MembershipResult answer, MembershipChange change, string federation) => answer.Result switch
    {
        FederationResult.NotMember => Refusal.NotFound("member", string.Join("', '", answer.Unknown)).With("unknown", answer.Unknown),
        FederationResult.OwnerNamed => Refusal.Conflict(
            ErrorCodes.WrongStatus, "The owner cannot be removed or suspended. It leaves with `leave`, once no other member is active."),
        FederationResult.WrongStatus => Refusal.Conflict(
            ErrorCodes.WrongStatus,
            $"{string.Join(", ", answer.Members.Select(member => $"{member.OrganizationId} is {FederationMemberEndpoints.Status(member)}"))}: "
                + (change is MembershipChange.Suspend ? "only an active member can be suspended." : "only a suspended member can be reinstated.")),
        FederationResult.OthersActive => Refusal.Conflict(
            ErrorCodes.MembersActive,
            $"The owner cannot leave while others are active: {string.Join(", ", answer.Members.Select(member => member.OrganizationId))}. Remove them first."),
        FederationResult.RunInProgress => Refusal.Conflict(
            ErrorCodes.RunInProgress, $"A run trains '{answer.Model}' now: stop it, or let it end, before the owner leaves."),
        var result => Of(result, federation),
    };
}
