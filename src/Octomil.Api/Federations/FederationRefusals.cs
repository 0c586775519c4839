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
        FederationResult.ModelNotFound => new Refusal(404, ErrorCodes.NotFound, "The owner of the federation has no such model."),
        _ => throw new InvalidOperationException($"No HTTP answer for {result}."),
    };
}
