using System.Collections.Immutable;
using Xunit;

namespace Octomil.Deployments;

public sealed class DeploymentStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly ImmutableSortedSet<string> NoGroups = [];

    private int _ids;

    [Fact]
    public void Deploy_OfAFirstVersionAtOnce_IsCompletedAndSettled()
    {
        var state = Deployed("1.0.0");

        var rollout = Assert.Single(state.Rollouts);
        Assert.Equal((RolloutStatus.Completed, (DeployedVersion?)null), (rollout.Status, rollout.Previous));
        Assert.Equal("1.0.0", Runs(state, "dev_0"));
        Assert.Null(state.Open);
    }

    [Fact]
    public void Deploy_OfAPart_LeavesTheOthersWhatTheyRun()
    {
        var (state, answer) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);

        Assert.Equal((RolloutStatus.Active, "1.0.0"), (answer.Rollout!.Status, answer.Rollout.Previous!.Version));
        var versions = Enumerable.Range(0, 1000).Select(index => Runs(state, $"dev_{index}")).CountBy(version => version!).ToDictionary();
        Assert.InRange(versions["2.0.0"], 50, 150);
        Assert.Equal(1000, versions["2.0.0"] + versions["1.0.0"]);
    }

    [Fact]
    public void Deploy_OfTheSameVersionAgain_SetsItsPercentage()
    {
        var (state, first) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);

        var (next, second) = Deploy(state, "2.0.0", 2500);

        Assert.Equal((RolloutResult.Done, first.Rollout!.Id, 2500), (second.Result, second.Rollout!.Id, second.Rollout.BasisPoints));
        Assert.Equal(2, next.Rollouts.Length);
        Assert.Same(next, Deploy(next, "2.0.0", 2500).Next);
    }

    [Fact]
    public void Deploy_OfAnotherVersionWhileOneIsOpen_IsRefused()
    {
        var (state, first) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);

        var (next, answer) = Deploy(state, "3.0.0", 1000);

        Assert.Equal((RolloutResult.OtherRolloutOpen, first.Rollout!.Id), (answer.Result, answer.Rollout!.Id));
        Assert.Same(state, next);
    }

    [Fact]
    public void Deploy_OfAnEarlierVersionForAllWhileOneIsOpen_IsARollback()
    {
        var (state, first) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);

        var (next, answer) = Deploy(state, "1.0.0", RolloutShare.All);

        Assert.Equal((RolloutResult.Done, true, RolloutStatus.Completed), (answer.Result, answer.Rollout!.IsRollback, answer.Rollout.Status));
        Assert.Equal(RolloutStatus.RolledBack, next.Find(first.Rollout!.Id)!.Status);
        Assert.All(Enumerable.Range(0, 50), index => Assert.Equal("1.0.0", Runs(next, $"dev_{index}")));
    }

    [Fact]
    public void Deploy_OfWhatEverybodyHas_IsTheSameOrRefused()
    {
        var state = Deployed("1.0.0");

        Assert.Same(state, Deploy(state, "1.0.0", RolloutShare.All).Next);
        Assert.Equal(RolloutResult.Over, Deploy(state, "1.0.0", 1000).Answer.Result);
    }

    [Fact]
    public void Change_FromPendingToCompleted_GoesThroughEveryStatus()
    {
        var (state, answer) = Deployed("1.0.0").Deploy(Order("2.0.0", 1000) with { Start = false, StepBasisPoints = 4500 }, Version("2.0.0"), NewId(), Noon);
        var id = answer.Rollout!.Id;
        Assert.Equal(RolloutStatus.Pending, answer.Rollout.Status);
        Assert.Equal("1.0.0", Runs(state, Inside(id, 1000)));
        Assert.Equal(RolloutResult.WrongStatus, Change(state, id, RolloutCommand.Advance).Answer.Result);

        state = Change(state, id, RolloutCommand.Start).Next;
        Assert.Equal("2.0.0", Runs(state, Inside(id, 1000)));

        state = Change(state, id, RolloutCommand.Pause).Next;
        Assert.Null(Runs(state, Inside(id, 1000)));
        Assert.Equal(RolloutResult.WrongStatus, Change(state, id, RolloutCommand.Advance).Answer.Result);
        Assert.Same(state, Change(state, id, RolloutCommand.Pause).Next);

        state = Change(state, id, RolloutCommand.Resume).Next;
        state = Change(state, id, RolloutCommand.Advance, Noon).Next;
        Assert.Equal(5500, state.Open!.BasisPoints);

        // A caller that lost its answer asks again.
        Assert.Same(state, Change(state, id, RolloutCommand.Advance, Noon.AddSeconds(20)).Next);

        state = Change(state, id, RolloutCommand.Advance, Noon.AddMinutes(1)).Next;
        Assert.Equal((RolloutStatus.Completed, 10_000), (state.Find(id)!.Status, state.Find(id)!.BasisPoints));
        Assert.Equal(RolloutResult.AtTarget, Change(state, id, RolloutCommand.Advance, Noon.AddMinutes(2)).Answer.Result);
        Assert.Equal(RolloutResult.Over, Change(state, id, RolloutCommand.Pause).Answer.Result);
        Assert.Equal("2.0.0", Runs(state, "dev_0"));
    }

    [Fact]
    public void Change_ToASmallerPercentage_SendsDevicesBack()
    {
        var (state, answer) = Deploy(Deployed("1.0.0"), "2.0.0", 9000);
        var id = answer.Rollout!.Id;
        var device = Enumerable.Range(0, 1000).Select(index => $"dev_{index}").First(device => RolloutShare.PlaceOf(id, device) is > 2000 and < 9000);

        var next = state.Change(id, new RolloutChange { Command = RolloutCommand.SetPercentage, BasisPoints = 1000 }, Noon).Next;

        Assert.Equal(("2.0.0", "1.0.0"), (Runs(state, device), Runs(next, device)));
        Assert.True(next.Generation > state.Generation);
    }

    [Fact]
    public void Delete_OfAPendingOne_TakesItAway_AndOfAnActiveOne_RollsItBack()
    {
        var (pending, made) = Deployed("1.0.0").Deploy(Order("2.0.0", 1000) with { Start = false }, Version("2.0.0"), NewId(), Noon);
        var (active, begun) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);

        Assert.Null(Change(pending, made.Rollout!.Id, RolloutCommand.Delete).Next.Find(made.Rollout.Id));
        var (next, answer) = Change(active, begun.Rollout!.Id, RolloutCommand.Delete);
        Assert.Equal(RolloutStatus.RolledBack, answer.Rollout!.Status);
        Assert.Equal("1.0.0", Runs(next, Inside(begun.Rollout.Id, 1000)));
        Assert.Equal(RolloutResult.Over, Change(active, active.Rollouts[0].Id, RolloutCommand.Delete).Answer.Result);
    }

    [Fact]
    public void RollBack_OfACompletedVersion_GoesToTheLastGoodOne_AndAgainIsTheSame()
    {
        var state = Deploy(Deployed("1.0.0"), "2.0.0", RolloutShare.All).Next;
        var bad = state.Subject!;

        var (next, answer) = RollBack(state);

        Assert.Equal((RolloutResult.Done, "1.0.0", true), (answer.Result, answer.Rollout!.Version.Version, answer.Rollout.IsRollback));
        Assert.Equal(RolloutStatus.RolledBack, next.Find(bad.Id)!.Status);
        Assert.Equal("1.0.0", Runs(next, "dev_0"));
        Assert.Same(next, RollBack(next).Next);
        Assert.Same(next, next.RollBack(Version("1.0.0"), null, false, NewId(), Noon).Next);
    }

    [Fact]
    public void RollBack_DuringARollback_ToAnotherVersion_TakesItsPlace()
    {
        var state = RollBack(Deploy(Deploy(Deployed("0.9.0"), "1.0.0", RolloutShare.All).Next, "2.0.0", 5000).Next).Next;

        var (next, answer) = state.RollBack(Version("0.9.0"), "worse still", false, NewId(), Noon);

        Assert.Equal((RolloutResult.Done, "0.9.0"), (answer.Result, answer.Rollout!.Version.Version));
        Assert.Equal("0.9.0", Runs(next, "dev_0"));
        Assert.Single(next.Settled);
    }

    [Fact]
    public void RollBack_WithNothingBefore_OrToItself_IsRefused()
    {
        var first = Deploy(new DeploymentState(), "1.0.0", 1000).Next;

        Assert.Equal(RolloutResult.NothingBefore, RollBack(first).Answer.Result);
        Assert.Equal(RolloutResult.NothingBefore, RollBack(new DeploymentState()).Answer.Result);
        Assert.Equal(RolloutResult.SameVersion, first.RollBack(Version("1.0.0"), null, false, NewId(), Noon).Answer.Result);
    }

    [Fact]
    public void Group_HasAVersionOfItsOwn_UntilOneIsForAll()
    {
        var beta = ImmutableSortedSet.Create("beta");
        var state = Deployed("1.0.0").Deploy(Order("1.1.0", RolloutShare.All) with { Group = "beta" }, Version("1.1.0"), NewId(), Noon).Next;
        Assert.Equal(("1.0.0", "1.1.0"), (Runs(state, "dev_0"), Runs(state, "dev_0", beta)));

        // Giving up a version for all devices leaves the group alone.
        var tried = RollBack(Deploy(state, "2.0.0", 5000).Next).Next;
        Assert.Equal(("1.0.0", "1.1.0"), (Runs(tried, "dev_0"), Runs(tried, "dev_0", beta)));

        var all = Deploy(tried, "2.0.0", RolloutShare.All).Next;
        Assert.Equal(("2.0.0", "2.0.0"), (Runs(all, "dev_0"), Runs(all, "dev_0", beta)));
    }

    [Fact]
    public void Rollouts_OfManyYears_KeepWhatIsInForceAndTheNewest()
    {
        var state = Deployed("0.0.0").Deploy(Order("0.0.1", RolloutShare.All) with { Group = "beta" }, Version("0.0.1"), NewId(), Noon).Next;
        var kept = state.Settled[0].RolloutId;
        for (var i = 1; i <= 150; i++)
        {
            state = state.Deploy(Order($"1.{i}.0", RolloutShare.All) with { Group = "other" }, Version($"1.{i}.0"), NewId(), Noon).Next;
        }

        Assert.Equal(100, state.Rollouts.Length);
        Assert.NotNull(state.Find(kept));
    }

    private static string? Runs(DeploymentState state, string device, ImmutableSortedSet<string>? groups = null) =>
        state.ToRule("mdl_1").For(device, groups ?? NoGroups)?.Version;

    private static string Inside(string rolloutId, int basisPoints) =>
        Enumerable.Range(0, 10_000).Select(index => $"dev_{index}").First(device => RolloutShare.Includes(rolloutId, device, basisPoints));

    private static DeployedVersion Version(string version) => new() { Version = version, Sha256 = $"sha-{version}", Bytes = 10 };

    private static DeployOrder Order(string version, int basisPoints) => new() { Version = version, BasisPoints = basisPoints };

    private static (DeploymentState Next, RolloutAnswer Answer) Change(DeploymentState state, string id, RolloutCommand command, DateTimeOffset? now = null) =>
        state.Change(id, new RolloutChange { Command = command }, now ?? Noon);

    private DeploymentState Deployed(string version) => Deploy(new DeploymentState(), version, RolloutShare.All).Next;

    private (DeploymentState Next, RolloutAnswer Answer) Deploy(DeploymentState state, string version, int basisPoints) =>
        state.Deploy(Order(version, basisPoints), Version(version), NewId(), Noon);

    private (DeploymentState Next, RolloutAnswer Answer) RollBack(DeploymentState state) => state.RollBack(null, "bad", false, NewId(), Noon);

    private string NewId() => $"rol_{_ids++:x16}";
}
