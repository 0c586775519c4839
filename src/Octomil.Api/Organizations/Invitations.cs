namespace Octomil.Organizations;

/// <summary>Invitations as tokens, and what taking one up does.</summary>
internal sealed class Invitations(IGrainFactory grains, SealedTokens tokens)
{
    public static Refusal Over { get; } = new(
        Microsoft.AspNetCore.Http.StatusCodes.Status410Gone, ErrorCodes.InvitationOver,
        "The invitation was taken up, taken back or replaced, or is older than 7 days. Ask for another: octomil team add EMAIL --role ROLE.");

    public string? TokenOf(string organizationId, PersonRecord person) => person is { InvitationId: { } id, InvitationExpiresAt: { } until }
        ? tokens.Seal(SealedTokens.Invitation, until, organizationId, person.Id, id)
        : null;

    /// <summary>The organization and the person whom it invites; null: it is not, or no longer, good.</summary>
    public async Task<(string OrganizationId, PersonRecord Person)?> FindAsync(string token, DateTimeOffset now) =>
        tokens.TryOpen(SealedTokens.Invitation, token, out var fields) && fields is [var organization, var personId, var invitationId]
        && await grains.GetPeople(organization).GetAsync(personId) is { } person && person.CanAccept(invitationId, now)
            ? (organization, person)
            : null;

    /// <summary>Null: somebody else was faster.</summary>
    public async Task<PersonRecord?> AcceptAsync(string organizationId, PersonRecord invited, SignInMeans means, string? name)
    {
        // The address first: where a crash follows, the person can try again.
        await grains.GetEmail(invited.Email).AddOrganizationAsync(organizationId);
        var answer = await grains.GetPeople(organizationId).AcceptAsync(invited.Id, invited.InvitationId!, name);
        if (answer.Result is not PersonResult.Done)
        {
            return null;
        }

        await grains.GetPerson(invited.Id).SetUpAsync(means);
        await grains.GetEmail(invited.Email).SucceededAsync();
        return answer.Person;
    }
}
