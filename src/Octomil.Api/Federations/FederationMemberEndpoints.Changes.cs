using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Octomil.Organizations;

namespace Octomil.Federations;

/// <summary>Memberships that end, rest or go on.</summary>
internal static partial class FederationMemberEndpoints
{
    private static Task<Results<Ok<MembershipResponse[]>, Refusal>> RemoveAsync(
        string federation, ChangeMembersRequest request, Caller caller, FederationNames names, IGrainFactory grains) =>
        ChangeAsync(federation, MembershipChange.Remove, request, caller, names, grains);

    private static Task<Results<Ok<MembershipResponse[]>, Refusal>> SuspendAsync(
        string federation, ChangeMembersRequest request, Caller caller, FederationNames names, IGrainFactory grains) =>
        ChangeAsync(federation, MembershipChange.Suspend, request, caller, names, grains);

    private static Task<Results<Ok<MembershipResponse[]>, Refusal>> ReinstateAsync(
        string federation, ChangeMembersRequest request, Caller caller, FederationNames names, IGrainFactory grains) =>
        ChangeAsync(federation, MembershipChange.Reinstate, request, caller, names, grains);

    private static async Task<Results<Ok<MembershipResponse[]>, Refusal>> ChangeAsync(
        string federation, MembershipChange change, ChangeMembersRequest request, Caller caller, FederationNames names, IGrainFactory grains)
    {
        if (CheckIds(request.OrgIds) is { } invalid)
        {
            return invalid;
        }

        if (!(await names.FindAsync(caller, federation)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var answer = await grains.GetFederation(found.Id).ChangeMembersAsync(
            caller.OrganizationId, change, [.. request.OrgIds.Distinct(StringComparer.Ordinal)]);
        return FederationRefusals.Of(answer, change, federation) is { } refused
            ? refused
            : TypedResults.Ok(answer.Members.Select(member => Membership(member, answer)).ToArray());
    }

    private static async Task<Results<Ok<MembershipResponse>, Refusal>> LeaveAsync(
        string federation, Caller caller, FederationNames names, IGrainFactory grains)
    {
        if (!(await names.FindOwnAsync(caller, federation)).Is(out var id, out var refusal))
        {
            return refusal;
        }

        var answer = await grains.GetFederation(id).LeaveAsync(caller.OrganizationId);
        return FederationRefusals.Of(answer, MembershipChange.None, federation) is { } refused
            ? refused
            : TypedResults.Ok(Membership(answer.Members.Single(), answer));
    }

    private static Refusal? CheckIds(IReadOnlyList<string> ids) => new FieldChecks().Require(
        ids.Count is > 0 and <= MostInvitations && ids.All(id => id is { Length: > 0 and <= 64 }),
        "org_ids", $"must be 1 to {MostInvitations} ids of organizations").Refusal;

    private static MembershipResponse Membership(FederationMember member, MembershipResult answer) => new()
    {
        OrgId = member.OrganizationId,
        Status = Status(member),
        Effective = answer.SealingRounds.IsEmpty ? "now" : "next_round",
        SealingRounds = answer.SealingRounds.IsEmpty ? null : answer.SealingRounds,
    };
}
