using Xunit;

namespace Octomil.Organizations;

public sealed class OrganizationPeopleTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Accept_AfterSevenDays_IsOver()
    {
        var people = Invited("ada", "member");

        var (late, answer) = people.Accept("ada", "inv-ada", null, Noon + TimeSpan.FromDays(7));
        var (joined, inTime) = people.Accept("ada", "inv-ada", null, Noon + TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));

        Assert.Equal(PersonResult.InvitationOver, answer.Result);
        Assert.Same(people, late);
        Assert.Equal(PersonResult.Done, inTime.Result);
        Assert.True(joined.All["ada"].HasJoined);
        Assert.Equal(PersonResult.InvitationOver, joined.Accept("ada", "inv-ada", null, Noon).Answer.Result);
    }

    [Fact]
    public void Invite_OfWhoHasJoined_ChangesNothing()
    {
        var people = Joined("ada", "member");

        Assert.Equal(PersonResult.IsMemberAlready, people.Invite(Person("ada", "member"), byOwner: true).Answer.Result);
        Assert.Equal(PersonResult.IsMember, people.Invite(Person("ada", "viewer"), byOwner: true).Answer.Result);
        Assert.Same(people, people.Invite(Person("ada", "viewer"), byOwner: true).Next);
    }

    [Fact]
    public void FirstOwner_IsInvitedByAnybodyAndTheNextByOwnersAlone()
    {
        var first = new OrganizationPeople().Invite(Person("ada", "owner"), byOwner: false);
        var people = first.Next.Accept("ada", "inv-ada", null, Noon).Next;

        Assert.Equal(PersonResult.Done, first.Answer.Result);
        Assert.Equal(PersonResult.OwnersOnly, people.Invite(Person("bob", "owner"), byOwner: false).Answer.Result);
        Assert.Equal(PersonResult.Done, people.Invite(Person("bob", "owner"), byOwner: true).Answer.Result);
        Assert.Equal(PersonResult.OwnersOnly, people.Reset("ada", "inv-2", Noon, byOwner: false).Answer.Result);
    }

    [Fact]
    public void LastOwner_StaysAnOwner()
    {
        var people = Joined("ada", "owner");

        Assert.Equal(PersonResult.LastOwner, people.ChangeRole("ada", "admin", byOwner: true).Answer.Result);
        Assert.Equal(PersonResult.LastOwner, people.Remove("ada", byOwner: true).Answer.Result);

        // An owner who is only invited is none yet.
        var withInvited = people.Invite(Person("bob", "owner"), byOwner: true).Next;
        Assert.Equal(PersonResult.LastOwner, withInvited.Remove("ada", byOwner: true).Answer.Result);
        var withSecond = withInvited.Accept("bob", "inv-bob", null, Noon).Next;
        Assert.DoesNotContain("ada", withSecond.Remove("ada", byOwner: true).Next.All.Keys);
    }

    [Theory]
    [InlineData("owner")]
    [InlineData("admin")]
    public void Admins_TouchNoOwner(string newRole)
    {
        var people = Joined("ada", "owner");
        people = people.Invite(Person("bob", "admin"), byOwner: true).Next;

        Assert.Equal(newRole == "owner" ? PersonResult.Done : PersonResult.OwnersOnly, people.ChangeRole("ada", newRole, byOwner: false).Answer.Result);
        Assert.Equal(PersonResult.OwnersOnly, people.Remove("ada", byOwner: false).Answer.Result);
        Assert.Equal(PersonResult.OwnersOnly, people.ChangeRole("bob", "owner", byOwner: false).Answer.Result);
    }

    [Fact]
    public void Reset_KeepsTheMemberAndCanBeAcceptedOnce()
    {
        var (people, answer) = Joined("ada", "member").Reset("ada", "inv-2", Noon, byOwner: false);

        Assert.Equal((PersonResult.Done, true), (answer.Result, people.All["ada"].HasJoined));
        var accepted = people.Accept("ada", "inv-2", null, Noon);
        Assert.Equal(PersonResult.Done, accepted.Answer.Result);
        Assert.Equal(PersonResult.InvitationOver, accepted.Next.Accept("ada", "inv-2", null, Noon).Answer.Result);
        Assert.Equal(PersonResult.NoSuchPerson, Invited("bob", "member").Reset("bob", "inv-3", Noon, byOwner: true).Answer.Result);
    }

    private static OrganizationPeople Invited(string id, string role) => new OrganizationPeople().Invite(Person(id, role), byOwner: true).Next;

    private static OrganizationPeople Joined(string id, string role) => Invited(id, role).Accept(id, $"inv-{id}", null, Noon).Next;

    private static PersonRecord Person(string id, string role) => new()
    {
        Id = id,
        Email = $"{id}@acme.example",
        Role = role,
        InvitedAt = Noon,
        InvitationId = $"inv-{id}",
        InvitationExpiresAt = Noon + PersonRecord.InvitationLife,
    };
}
