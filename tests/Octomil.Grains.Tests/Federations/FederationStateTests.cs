using Octomil.Training;
using Xunit;

namespace Octomil.Federations;

public sealed class FederationStateTests
{
    private const string Owner = "org_00000001";
    private const string Member = "org_00000002";

    private static readonly FederationState OfTwo = new FederationState()
        .Create(Owner, "Acme Health", "consortium", null, Plans.Noon).Invite(Member, "Metro General").Join(Member, Plans.Noon).Next;

    [Theory]
    [InlineData(MembershipChange.Suspend, MembershipStatus.Suspended)]
    [InlineData(MembershipChange.Remove, MembershipStatus.Left)]
    public void Change_ThatEndsAMembership_IsToBeTold(MembershipChange change, MembershipStatus status)
    {
        var (next, result) = OfTwo.Change(change, [Member]);

        Assert.Equal((FederationResult.Done, status), (result, next.Find(Member)!.Status));
        Assert.Equal([Member], next.Untold);
        Assert.Same(next, next.Change(change, [Member]).Next);
        Assert.Empty(next.Told(Member).Untold);
    }

    [Fact]
    public void Change_OfSeveral_IsOfAllOrNone()
    {
        var (next, result) = OfTwo.Change(MembershipChange.Suspend, [Member, "org_00000003"]);

        Assert.Equal(FederationResult.NotMember, result);
        Assert.Same(OfTwo, next);
    }

    [Fact]
    public void Change_OfTheOwnerOrOfAnotherStatus_IsRefused()
    {
        Assert.Equal(FederationResult.OwnerNamed, OfTwo.Change(MembershipChange.Remove, [Owner]).Result);
        Assert.Equal(FederationResult.WrongStatus, OfTwo.Invite("org_00000003", "x").Change(MembershipChange.Suspend, ["org_00000003"]).Result);
    }

    [Fact]
    public void Reinstate_OfASuspendedMember_MakesItActiveAndStillUntold()
    {
        var suspended = OfTwo.Change(MembershipChange.Suspend, [Member]).Next;

        var (next, result) = suspended.Change(MembershipChange.Reinstate, [Member]);

        Assert.Equal((FederationResult.Done, true), (result, next.IsActive(Member)));
        Assert.Equal([Member], next.Untold);
    }

    [Fact]
    public void Invite_OfAMemberThatLeft_StartsFromInvited()
    {
        var again = OfTwo.Leave(Member).Next.Invite(Member, "Metro General");

        Assert.Equal((MembershipStatus.Invited, null), (again.Find(Member)!.Status, again.Find(Member)!.JoinedAt));
        Assert.False(again.IsActive(Member));
    }

    [Fact]
    public void Join_OfASuspendedMember_IsRefusedAndSaysSo() =>
        Assert.Equal(FederationResult.Suspended, OfTwo.Change(MembershipChange.Suspend, [Member]).Next.Join(Member, Plans.Noon).Result);

    [Fact]
    public void Leave_OfTheOwner_OnlyWhenItIsTheLast()
    {
        Assert.Equal(FederationResult.OthersActive, OfTwo.Leave(Owner).Result);

        var (closed, result) = OfTwo.WithModel("mdl_00000001", "m").Change(MembershipChange.Suspend, [Member]).Next.Leave(Owner);

        Assert.Equal(FederationResult.Done, result);
        Assert.All(closed.Members, member => Assert.Equal(MembershipStatus.Left, member.Status));
        Assert.Empty(closed.Models);
        Assert.True(closed.Create(Owner, "Acme Health", "consortium", null, Plans.Noon).IsActive(Owner));
    }

    [Fact]
    public void Snapshot_OfASuspendedMember_ShowsNoModels()
    {
        var shared = OfTwo.WithModel("mdl_00000001", "m");

        Assert.Single(shared.ToSnapshot("fed_1", Member)!.Models);
        Assert.Empty(shared.Change(MembershipChange.Suspend, [Member]).Next.ToSnapshot("fed_1", Member)!.Models);
        Assert.Null(shared.Leave(Member).Next.ToSnapshot("fed_1", Member));
    }
}
