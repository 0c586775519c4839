using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;

namespace Octomil.Organizations;

/// <summary>Finds the person behind an address and a password, or behind an account at the identity provider.</summary>
internal sealed class SignIns(IGrainFactory grains, Passwords passwords, IAuditLog audit, TimeProvider clock)
{
    private const int MostOrganizations = 16;

    private static readonly Refusal _wrong = new(StatusCodes.Status401Unauthorized, ErrorCodes.WrongCredentials, "The e-mail address or the password is wrong.");

    public async Task<(Match? Match, Refusal? Refusal)> ByPasswordAsync(HttpContext http, SignInRequest request)
    {
        var attempt = await grains.GetEmail(request.Email).AttemptAsync();
        if (attempt.Wait > TimeSpan.Zero)
        {
            return (null, new Refusal(
                StatusCodes.Status429TooManyRequests, ErrorCodes.TooManyAttempts,
                "Too many wrong passwords were tried for this address. Wait, then try again.").RetryAfter(attempt.Wait));
        }

        var candidates = await CandidatesAsync(attempt.Organizations, request.Email, request.OrgId);
        var matches = new List<Match>();
        foreach (var (match, means) in candidates.Where(candidate => candidate.Means.PasswordHash is not null).Take(MostOrganizations))
        {
            var verified = await passwords.VerifyAsync(means.PasswordHash, request.Password, http.RequestAborted);
            if (verified is PasswordVerificationResult.SuccessRehashNeeded)
            {
                await grains.GetPerson(match.Person.Id).RehashAsync(await passwords.HashAsync(request.Password, http.RequestAborted));
            }

            if (verified is not PasswordVerificationResult.Failed)
            {
                matches.Add(match);
            }
        }

        if (matches.Count > 0)
        {
            await grains.GetEmail(request.Email).SucceededAsync();
            return Only(matches);
        }

        if (candidates.Count == 0)
        {
            // So that the time of the answer does not say which addresses there are.
            await passwords.VerifyAsync(null, request.Password, http.RequestAborted);
        }

        if (attempt.Locks)
        {
            await AuditLockAsync(http, attempt, request.Email);
        }

        return (null, _wrong);
    }

    /// <param name="email">Verified by the provider.</param>
    /// <param name="subject">Issuer and subject.</param>
    /// <param name="organizationId">Null: the only one.</param>
    public async Task<(Match? Match, Refusal? Refusal)> BySubjectAsync(string email, string subject, string? organizationId)
    {
        var matches = new List<Match>();
        foreach (var (match, means) in await CandidatesAsync(await grains.GetEmail(email).GetOrganizationsAsync(), email, organizationId))
        {
            // An address that the provider gave to somebody else since is another person's.
            if (means.Subject is null || means.Subject == subject)
            {
                matches.Add(match);
            }
        }

        return matches.Count > 0
            ? Only(matches)
            : (null, new Refusal(StatusCodes.Status401Unauthorized, ErrorCodes.WrongCredentials, "No organization here has a member with this account. Ask for an invitation."));
    }

    private static (Match? Match, Refusal? Refusal) Only(List<Match> matches) => matches is [var only]
        ? (only, null)
        : (null, Refusal.Conflict(ErrorCodes.OrganizationRequired, "The account is good in several organizations. Say which with org_id (octomil login --org).")
            .With("org_ids", matches.Select(match => match.OrganizationId).ToArray()));

    private async Task<List<(Match Match, SignInMeans Means)>> CandidatesAsync(IEnumerable<string> organizations, string email, string? wanted)
    {
        var candidates = new List<(Match, SignInMeans)>();
        foreach (var organization in organizations.Where(id => wanted is null || wanted == id))
        {
            var id = GrainKeys.PersonId(organization, email);
            if (await grains.GetPeople(organization).GetAsync(id) is { HasJoined: true } person && await grains.GetPerson(id).GetAsync() is { } means)
            {
                candidates.Add((new Match(organization, person), means));
            }
        }

        return candidates;
    }

    private async Task AuditLockAsync(HttpContext http, SignInAttempt attempt, string email)
    {
        foreach (var organization in attempt.Organizations.DefaultIfEmpty(""))
        {
            var entry = AuditEntries.From(http, organization, Actor.Anonymous, "person.lock-out", email, clock.GetUtcNow());
            await audit.AppendAsync(entry with { Outcome = AuditOutcome.Refused, Detail = ErrorCodes.TooManyAttempts }, CancellationToken.None);
        }
    }

    internal sealed record Match(string OrganizationId, PersonRecord Person);
}
