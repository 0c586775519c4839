using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>The people of an organization, and the rules of owners. Pure.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-people")]
internal sealed record OrganizationPeople
{
    public const int Most = 10_000;
    private const string Owner = "owner";

    [Id(0)] public ImmutableSortedDictionary<string, PersonRecord> All { get; init; } = ImmutableSortedDictionary<string, PersonRecord>.Empty;

    private int Owners => All.Values.Count(person => person is { HasJoined: true, Role: Owner });

    public (OrganizationPeople Next, PersonAnswer Answer) Invite(PersonRecord invited, bool byOwner)
    {
        var known = All.GetValueOrDefault(invited.Id);
        if (known is { HasJoined: true })
        {
            return (this, Answer(known.Role == invited.Role ? PersonResult.IsMemberAlready : PersonResult.IsMember, known));
        }

        if (!MayTouch(byOwner, known?.Role, invited.Role))
        {
            return (this, Answer(PersonResult.OwnersOnly, known));
        }

        return known is null && All.Count >= Most ? (this, Answer(PersonResult.TooMany, null)) : With(invited with { Name = invited.Name ?? known?.Name });
    }

    public (OrganizationPeople Next, PersonAnswer Answer) Reset(string personId, string invitationId, DateTimeOffset now, bool byOwner)
    {
        if (!All.TryGetValue(personId, out var person) || !person.HasJoined)
        {
            return (this, Answer(PersonResult.NoSuchPerson, person));
        }

        return MayTouch(byOwner, person.Role, person.Role)
            ? With(person with { InvitationId = invitationId, InvitationExpiresAt = now + PersonRecord.InvitationLife })
            : (this, Answer(PersonResult.OwnersOnly, person));
    }

    public (OrganizationPeople Next, PersonAnswer Answer) Accept(string personId, string invitationId, string? name, DateTimeOffset now) =>
        All.TryGetValue(personId, out var person) && person.CanAccept(invitationId, now)
            ? With(person with { JoinedAt = person.JoinedAt ?? now, Name = name ?? person.Name, InvitationId = null, InvitationExpiresAt = null })
            : (this, Answer(PersonResult.InvitationOver, person));

    public (OrganizationPeople Next, PersonAnswer Answer) ChangeRole(string personId, string role, bool byOwner)
    {
        if (!All.TryGetValue(personId, out var person))
        {
            return (this, Answer(PersonResult.NoSuchPerson, null));
        }

        if (person.Role == role)
        {
            return (this, Answer(PersonResult.Done, person));
        }

        return Refusal(person, role, byOwner) is { } refusal ? (this, refusal) : With(person with { Role = role });
    }

    public (OrganizationPeople Next, PersonAnswer Answer) Remove(string personId, bool byOwner)
    {
        if (!All.TryGetValue(personId, out var person))
        {
            return (this, Answer(PersonResult.NoSuchPerson, null));
        }

        return Refusal(person, null, byOwner) is { } refusal ? (this, refusal) : (this with { All = All.Remove(personId) }, Answer(PersonResult.Done, person));
    }

    private PersonAnswer? Refusal(PersonRecord person, string? newRole, bool byOwner)
    {
        if (!MayTouch(byOwner, person.Role, newRole))
        {
            return Answer(PersonResult.OwnersOnly, person);
        }

        return person is { HasJoined: true, Role: Owner } && Owners == 1 ? Answer(PersonResult.LastOwner, person) : null;
    }

    // Somebody has to be able to invite the first one.
    private bool MayTouch(bool byOwner, string? role, string? newRole) => byOwner || (role is not Owner && newRole is not Owner) || Owners == 0;

    private (OrganizationPeople Next, PersonAnswer Answer) With(PersonRecord person) =>
        (this with { All = All.SetItem(person.Id, person) }, Answer(PersonResult.Done, person));

    private static PersonAnswer Answer(PersonResult result, PersonRecord? person) => new() { Result = result, Person = person };
}
