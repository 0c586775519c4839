using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>Where people sign in. What is here needs no key; each endpoint checks what it is given.</summary>
internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Signing in").WithoutAudit();
        auth.MapGet("/methods", (Oidc oidc) => TypedResults.Ok(new SignInMethods { Password = true, Oidc = oidc.Method }))
            .WithSummary("How people sign in here.");
        auth.MapPost("/sign-in", SignInAsync)
            .WithSummary("Opens a person's session with e-mail address and password. Wrong ones lock the address for a while: 429.")
            .ProducesProblem(StatusCodes.Status429TooManyRequests);
        auth.MapPost("/sso", SsoAsync)
            .WithSummary("Opens a person's session with an ID token of the configured identity provider; takes an invitation up on the way.");
        auth.MapPost("/invitations/accept", AcceptAsync)
            .WithSummary("Takes an invitation up with a password for this organization, and opens a session. Or sets a new password after a reset.");
        auth.MapPost("/refresh", RefreshAsync)
            .WithSummary("The next tokens of a session. A refresh token is good once: one that is used again ends the session.");
        auth.MapDelete("/session", SignOutAsync).RequireScope()
            .WithSummary("Ends the session of the access token.");
        auth.MapDeviceTokenRefresh();
    }

    private static async Task<Results<Ok<SessionResponse>, Refusal>> SignInAsync(SignInRequest request, HttpContext http, SignIns signIns, AuthServices services)
    {
        var checks = new FieldChecks().Email("email", request.Email)
            .Require(request.Password.Length is > 0 and <= Passwords.Longest, "password", $"must be 1 to {Passwords.Longest} characters");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var (match, refusal) = await signIns.ByPasswordAsync(http, request);
        return match is null ? refusal! : await OpenAsync(http, match.OrganizationId, match.Person, "person.sign-in", services);
    }

    private static async Task<Results<Ok<SessionResponse>, Refusal>> SsoAsync(
        SsoRequest request, HttpContext http, Oidc oidc, SignIns signIns, Invitations invitations, AuthServices services)
    {
        var (account, refused) = await oidc.ReadAsync(http, request.IdToken);
        if (account is null)
        {
            return refused!;
        }

        if (request.Invitation is { } invitation)
        {
            if (await invitations.FindAsync(invitation, services.Clock.GetUtcNow()) is not var (organization, invited))
            {
                return Invitations.Over;
            }

            if (GrainKeys.PersonId(organization, account.Email) != invited.Id)
            {
                return Refusal.Forbidden(ErrorCodes.WrongCredentials, "The invitation is for another e-mail address than that of the account.");
            }

            return await invitations.AcceptAsync(organization, invited, new SignInMeans { Subject = account.Subject }, name: null) is { } joined
                ? await OpenAsync(http, organization, joined, "person.join", services)
                : Invitations.Over;
        }

        var (match, refusal) = await signIns.BySubjectAsync(account.Email, account.Subject, request.OrgId);
        if (match is null)
        {
            return refusal!;
        }

        await services.Grains.GetPerson(match.Person.Id).BindAsync(account.Subject);
        return await OpenAsync(http, match.OrganizationId, match.Person, "person.sign-in", services);
    }

    private static async Task<Results<Ok<SessionResponse>, Refusal>> AcceptAsync(
        AcceptInvitationRequest request, HttpContext http, Passwords passwords, Invitations invitations, AuthServices services)
    {
        var checks = new FieldChecks()
            .Require(
                request.Password.Length is >= Passwords.Shortest and <= Passwords.Longest,
                "password", $"must be {Passwords.Shortest} to {Passwords.Longest} characters");
        if ((request.Name is null ? checks : checks.Title("name", request.Name)).Refusal is { } invalid)
        {
            return invalid;
        }

        if (await invitations.FindAsync(request.Invitation, services.Clock.GetUtcNow()) is not var (organization, invited))
        {
            return Invitations.Over;
        }

        var means = new SignInMeans { PasswordHash = await passwords.HashAsync(request.Password, http.RequestAborted) };
        return await invitations.AcceptAsync(organization, invited, means, request.Name) is { } joined
            ? await OpenAsync(http, organization, joined, invited.HasJoined ? "person.password" : "person.join", services)
            : Invitations.Over;
    }

    private static async Task<Results<Ok<SessionResponse>, Refusal>> RefreshAsync(RefreshRequest request, PersonSessions sessions) =>
        await sessions.RefreshAsync(request.RefreshToken) is { } session
            ? TypedResults.Ok(session)
            : new Refusal(StatusCodes.Status401Unauthorized, ErrorCodes.Unauthorized, "The session is over. Sign in again.");

    private static async Task<Results<Ok<SignedOutResponse>, Refusal>> SignOutAsync(Caller caller, IGrainFactory grains)
    {
        if (caller.SessionId is null)
        {
            return Refusal.Invalid("Only a person's session can be ended; a key is revoked with octomil keys revoke.");
        }

        await grains.GetPerson(caller.Actor.Id).EndSessionAsync(caller.SessionId);
        return TypedResults.Ok(new SignedOutResponse { Status = "signed_out" });
    }

    private static async Task<Ok<SessionResponse>> OpenAsync(
        HttpContext http, string organizationId, PersonRecord person, string action, AuthServices services)
    {
        var session = await services.Sessions.OpenAsync(organizationId, person);
        var actor = new Actor(ActorKind.Person, person.Id, person.Email);
        await services.Audit.AppendAsync(AuditEntries.From(http, organizationId, actor, action, person.Id, services.Clock.GetUtcNow()), CancellationToken.None);
        return TypedResults.Ok(session);
    }
}

/// <summary>What opening a session works with.</summary>
internal sealed record AuthServices(PersonSessions Sessions, IGrainFactory Grains, IAuditLog Audit, TimeProvider Clock);
