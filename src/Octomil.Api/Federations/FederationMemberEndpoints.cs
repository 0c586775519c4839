using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Federations;

/// <summary>Who is in a federation.</summary>
internal static partial class FederationMemberEndpoints
{
    private const int MostInvitations = 1000;

    public static void MapFederationMembers(this IEndpointRouteBuilder federations)
    {
        federations.MapPost("/{federation}/invite", InviteAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Invites organizations by id; only the owner; again is the same.");
        federations.MapPost("/{federation}/join", JoinAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("The key's organization accepts its invitation; again is the same.");
        federations.MapPost("/{federation}/leave", LeaveAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("The key's organization leaves; its updates in open rounds do not count. Again is the same. The owner is the last to leave.");
        federations.MapPost("/{federation}/remove", RemoveAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Ends memberships, or takes invitations back; only the owner. Answers once open rounds have saved that the organizations are out.");
        federations.MapPost("/{federation}/suspend", SuspendAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Suspends active members, also in mid-round; only the owner. Answers once open rounds have saved that the organizations are out.");
        federations.MapPost("/{federation}/reinstate", ReinstateAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Makes suspended members active again, from the next round on; only the owner.");
        federations.MapGet("/{federation}/members", ListAsync).RequireScope(Scopes.FederationsAdmin, Scopes.TrainingRead, Scopes.AdminRead)
            .WithSummary("The members, invited ones included.");
    }

    private static async Task<Results<Ok<InviteResponse[]>, Refusal>> InviteAsync(
        string federation, InviteRequest request, Caller caller, FederationNames names, IGrainFactory grains)
    {
        if (CheckIds(request.OrgIds) is { } invalid)
        {
            return invalid;
        }

        if (!(await names.FindAsync(caller, federation)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var answer = await grains.GetFederation(found.Id).InviteAsync(caller.OrganizationId, [.. request.OrgIds.Distinct(StringComparer.Ordinal)]);
        if (FederationRefusals.Of(answer.Result, federation) is { } refused)
        {
            return refused;
        }

        return answer.Unknown.IsEmpty
            ? TypedResults.Ok(answer.Members.Select(member => new InviteResponse { OrgId = member.OrganizationId, Status = Status(member) }).ToArray())
            : Refusal.NotFound("organization", string.Join("', '", answer.Unknown)).With("unknown", answer.Unknown);
    }

    private static async Task<Results<Ok<JoinResponse>, Refusal>> JoinAsync(
        string federation, Caller caller, FederationNames names, IGrainFactory grains)
    {
        if (!(await names.FindAsync(caller, federation)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var result = await grains.GetFederation(found.Id).JoinAsync(caller.OrganizationId);
        return FederationRefusals.Of(result, federation) is { } refused ? refused : TypedResults.Ok(new JoinResponse { Status = "active" });
    }

    private static async Task<Results<Ok<FederationMemberResponse[]>, Refusal>> ListAsync(string federation, Caller caller, FederationNames names) =>
        (await names.FindAsync(caller, federation)).Is(out var found, out var refusal)
            ? TypedResults.Ok(found.Members.Select(Response).ToArray())
            : refusal;

    private static FederationMemberResponse Response(FederationMember member) => new()
    {
        OrgId = member.OrganizationId,
        OrgName = member.OrganizationName,
        Role = member.IsOwner ? "owner" : "member",
        Status = Status(member),
        JoinedAt = member.JoinedAt,
    };

    internal static string Status(FederationMember member) => member.Status switch
    {
        MembershipStatus.Invited => "invited",
        MembershipStatus.Active => "active",
        MembershipStatus.Suspended => "suspended",
        MembershipStatus.Left => "left",
        var status => throw new InvalidOperationException($"No wire name for {status}."),
    };
}
