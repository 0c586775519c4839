using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Octomil.Organizations;

/// <summary>The people of the caller's organization. Another organization is one that does not exist; words like <c>default</c> mean one's own.</summary>
internal static class MemberEndpoints
{
    public static void MapMembers(this IEndpointRouteBuilder api)
    {
        var members = api.MapGroup("/orgs/{org}/members").WithTags("People");
        members.MapGet("", ListAsync).RequireScope(Scopes.AdminRead)
            .WithSummary("Everybody in the organization, invited ones too.");
        members.MapPost("", InviteAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Invites a person by e-mail address, for 7 days. The invitation is in this answer only; give it to the person. Again: a new one, and the earlier is void.");
        members.MapPut("/{member}", ChangeAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Gives a person another role, from the next request on. Only owners make and unmake owners, and one remains.");
        members.MapPost("/{member}/reset", ResetAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("An invitation to set a new password, for a person who lost theirs.");
        members.MapDelete("/{member}", RemoveAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Removes a person, whose sessions end at once, or takes an invitation back. The last owner stays.");
    }

    private static async Task<Results<Ok<MemberList>, Refusal>> ListAsync(string org, Caller caller, IGrainFactory grains, TimeProvider clock)
    {
        if (IsAnothers(org, caller))
        {
            return Refusal.NotFound("organization", org);
        }

        var people = await grains.GetPeople(caller.OrganizationId).ListAsync();
        return TypedResults.Ok(new MemberList { Members = [.. people.Select(person => Response(person, clock.GetUtcNow()))] });
    }

    private static async Task<Results<Ok<MemberResponse>, Refusal>> InviteAsync(
        string org, InviteMemberRequest request, Caller caller, IGrainFactory grains, Invitations invitations, TimeProvider clock)
    {
        var checks = new FieldChecks().Email("email", request.Email).Role("role", request.Role);
        if ((request.Name is null ? checks : checks.Title("name", request.Name)).Refusal is { } invalid)
        {
            return invalid;
        }

        return IsAnothers(org, caller)
            ? Refusal.NotFound("organization", org)
            : Answer(
                await grains.GetPeople(caller.OrganizationId).InviteAsync(request.Email.Trim(), request.Role, request.Name, caller.IsOwner),
                request.Email, caller, clock.GetUtcNow(), invitations);
    }

    private static async Task<Results<Ok<MemberResponse>, Refusal>> ChangeAsync(
        string org, string member, ChangeMemberRequest request, Caller caller, IGrainFactory grains, TimeProvider clock)
    {
        if (new FieldChecks().Role("role", request.Role).Refusal is { } invalid)
        {
            return invalid;
        }

        return IsAnothers(org, caller)
            ? Refusal.NotFound("organization", org)
            : Answer(await grains.GetPeople(caller.OrganizationId).ChangeRoleAsync(Id(caller, member), request.Role, caller.IsOwner), member, caller, clock.GetUtcNow());
    }

    private static async Task<Results<Ok<MemberResponse>, Refusal>> ResetAsync(
        string org, string member, Caller caller, IGrainFactory grains, Invitations invitations, TimeProvider clock) => IsAnothers(org, caller)
            ? Refusal.NotFound("organization", org)
            : Answer(
                await grains.GetPeople(caller.OrganizationId).ResetAsync(Id(caller, member), caller.IsOwner), member, caller, clock.GetUtcNow(), invitations);

    private static async Task<Results<Ok<MemberResponse>, Refusal>> RemoveAsync(string org, string member, Caller caller, IGrainFactory grains, TimeProvider clock)
    {
        if (IsAnothers(org, caller))
        {
            return Refusal.NotFound("organization", org);
        }

        var answer = await grains.GetPeople(caller.OrganizationId).RemoveAsync(Id(caller, member), caller.IsOwner);
        if (answer is { Result: PersonResult.Done, Person: { } person })
        {
            // What is left of somebody who is nobody any more; a sign-in asks the organization first.
            await grains.GetPerson(person.Id).ForgetAsync();
            await grains.GetEmail(person.Email).RemoveOrganizationAsync(caller.OrganizationId);
        }

        return Answer(answer, member, caller, clock.GetUtcNow());
    }

    private static bool IsAnothers(string org, Caller caller) => org.StartsWith("org_", StringComparison.Ordinal) && org != caller.OrganizationId;

    private static string Id(Caller caller, string member) =>
        member.StartsWith("usr_", StringComparison.Ordinal) ? member : GrainKeys.PersonId(caller.OrganizationId, member);

    private static Results<Ok<MemberResponse>, Refusal> Answer(
        PersonAnswer answer, string member, Caller caller, DateTimeOffset now, Invitations? invitations = null) => answer.Result switch
        {
            PersonResult.Done => TypedResults.Ok(Response(answer.Person!, now) with { Invitation = invitations?.TokenOf(caller.OrganizationId, answer.Person!) }),
            PersonResult.IsMemberAlready => TypedResults.Ok(Response(answer.Person!, now)),
            PersonResult.NoSuchPerson => Refusal.NotFound("member", member),
            PersonResult.OwnersOnly => Refusal.Forbidden(ErrorCodes.OwnersOnly, "Only an owner of the organization may do this to an owner, or make one."),
            PersonResult.LastOwner => Refusal.Conflict(ErrorCodes.LastOwner, "This is the last owner. Make another member an owner first."),
            PersonResult.IsMember => Refusal.Conflict(ErrorCodes.AlreadyMember, $"The person is a member already, as {answer.Person!.Role}. Change the role instead: octomil team role EMAIL ROLE."),
            PersonResult.TooMany => Refusal.Conflict(ErrorCodes.TooLarge, "The organization has as many people as it can have."),
            _ => throw new InvalidOperationException($"No HTTP answer for {answer.Result}."),
        };

    private static MemberResponse Response(PersonRecord person, DateTimeOffset now) => new()
    {
        Id = person.Id,
        Email = person.Email,
        Name = person.Name,
        Role = person.Role,
        Status = person.HasJoined ? "active" : now < person.InvitationExpiresAt ? "invited" : "expired",
        InvitedAt = person.InvitedAt,
        JoinedAt = person.JoinedAt,
        ExpiresAt = person.InvitationExpiresAt,
    };
}
