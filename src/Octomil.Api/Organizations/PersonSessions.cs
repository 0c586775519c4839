using System.Globalization;
using Microsoft.Extensions.Options;

namespace Octomil.Organizations;

/// <summary>Opens and continues people's sessions.</summary>
internal sealed class PersonSessions(IGrainFactory grains, SealedTokens tokens, IAuditLog audit, IOptions<AccessOptions> options, TimeProvider clock)
{
    public async Task<SessionResponse> OpenAsync(string organizationId, PersonRecord person) =>
        await ResponseAsync(organizationId, person, await grains.GetPerson(person.Id).OpenSessionAsync(options.Value.Session));

    /// <summary>Null: the token is not, or no longer, good.</summary>
    public async Task<SessionResponse?> RefreshAsync(string token)
    {
        if (!tokens.TryOpen(SealedTokens.PersonRefresh, token, out var fields) || fields is not [var organization, var id, var session, var generation])
        {
            return null;
        }

        var refreshed = await grains.GetPerson(id).RefreshAsync(session, int.Parse(generation, CultureInfo.InvariantCulture), options.Value.Session);
        if (refreshed.WasReused)
        {
            await audit.AppendAsync(AuditEntry.ByService(organization, "person.token-reuse", id, clock.GetUtcNow()), CancellationToken.None);
        }

        return refreshed.Family is { } family && await grains.GetPeople(organization).GetAsync(id) is { HasJoined: true } person
            ? await ResponseAsync(organization, person, family)
            : null;
    }

    private async Task<SessionResponse> ResponseAsync(string organizationId, PersonRecord person, TokenFamily session)
    {
        var organization = await grains.GetOrganization(organizationId).GetAsync();
        var generation = session.Generation.ToString(CultureInfo.InvariantCulture);
        return new SessionResponse
        {
            AccessToken = tokens.Seal(SealedTokens.PersonAccess, clock.GetUtcNow() + options.Value.SessionToken, organizationId, person.Id, session.Id),
            RefreshToken = tokens.Seal(SealedTokens.PersonRefresh, session.ExpiresAt, organizationId, person.Id, session.Id, generation),
            ExpiresIn = (int)options.Value.SessionToken.TotalSeconds,
            OrgId = organizationId,
            OrgName = organization?.Name ?? "",
            Email = person.Email,
            Role = person.Role,
        };
    }
}
