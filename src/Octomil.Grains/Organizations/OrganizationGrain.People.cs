using System.Collections.Immutable;

namespace Octomil.Organizations;

internal sealed partial class OrganizationGrain : IPeopleGrain
{
    private const int InvitationIdDigits = 16;

    public Task<PersonAnswer> InviteAsync(string email, string role, string? name, bool byOwner)
    {
        var now = clock.GetUtcNow();
        return SaveAsync(store.State.People.Invite(
            new PersonRecord
            {
                Id = GrainKeys.PersonId(Id, email),
                Email = email,
                Name = name,
                Role = role,
                InvitedAt = now,
                InvitationId = NewInvitation(),
                InvitationExpiresAt = now + PersonRecord.InvitationLife,
            },
            byOwner));
    }

    public Task<PersonAnswer> ResetAsync(string personId, bool byOwner) =>
        SaveAsync(store.State.People.Reset(personId, NewInvitation(), clock.GetUtcNow(), byOwner));

    public Task<PersonAnswer> AcceptAsync(string personId, string invitationId, string? name) =>
        SaveAsync(store.State.People.Accept(personId, invitationId, name, clock.GetUtcNow()));

    public Task<PersonAnswer> ChangeRoleAsync(string personId, string role, bool byOwner) =>
        SaveAsync(store.State.People.ChangeRole(personId, role, byOwner));

    public Task<PersonAnswer> RemoveAsync(string personId, bool byOwner) => SaveAsync(store.State.People.Remove(personId, byOwner));

    public Task<ImmutableArray<PersonRecord>> ListAsync() =>
        Task.FromResult(store.State.People.All.Values.OrderBy(person => person.Email, StringComparer.Ordinal).ToImmutableArray());

    Task<PersonRecord?> IPeopleGrain.GetAsync(string personId) => Task.FromResult(store.State.People.All.GetValueOrDefault(personId));

    private string NewInvitation() => ids.NewId("inv_", InvitationIdDigits);

    private async Task<PersonAnswer> SaveAsync((OrganizationPeople Next, PersonAnswer Answer) change)
    {
        var next = ReferenceEquals(change.Next, store.State.People) ? store.State : store.State with { People = change.Next };
        await store.SaveIfExistsAsync(next, this);
        return change.Answer;
    }
}
