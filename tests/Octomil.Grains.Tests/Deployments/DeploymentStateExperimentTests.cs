using System.Collections.Immutable;
using Octomil.Experiments;
using Xunit;

namespace Octomil.Deployments;

public sealed class DeploymentStateExperimentTests
{
    private const string Model = "mdl_00000001";

    private static readonly ImmutableSortedSet<string> NoGroups = [];

    private int _ids;

    [Fact]
    public void RunExperiment_WhileAnotherHoldsDevices_LeavesItAlone()
    {
        var running = Deployed("1.0.0").RunExperiment(Trials.Layer());

        Assert.Same(running, running.RunExperiment(Trials.Layer("exp_ffffffffffffffff")));
        Assert.Same(running, running.RunExperiment(Trials.Layer()));
        Assert.True(running.RunExperiment(Trials.Layer() with { Frozen = true }).Generation > running.Generation);
    }

    [Fact]
    public void EndExperiment_SendsItsDevicesBackToTheRollouts_ForEver()
    {
        var running = Deployed("3.0.0").RunExperiment(Trials.Layer());
        Assert.Equal(["1.0.0", "2.0.0"], Versions(running));

        var ended = running.EndExperiment(Trials.Id, Trials.Noon);

        Assert.Equal(["3.0.0"], Versions(ended));
        Assert.Same(ended, ended.EndExperiment(Trials.Id, Trials.Noon));
        Assert.Same(ended, ended.RunExperiment(Trials.Layer()));
        Assert.Same(running, running.EndExperiment("exp_ffffffffffffffff", Trials.Noon));
    }

    [Fact]
    public void EndExperiment_WhereNothingWasDeployed_SendsItsDevicesToTheControl()
    {
        var layer = Trials.Layer(traffic: 5000);

        var ended = new DeploymentState().RunExperiment(layer).EndExperiment(Trials.Id, Trials.Noon);

        Assert.All(Trials.Devices(200), device => Assert.Equal(layer.ArmOf(device, NoGroups) is null ? null : "1.0.0", Runs(ended, device)));

        // It is no rollout: deploying that version goes on as ever, and takes its place.
        var (deployed, answer) = Deploy(ended, "1.0.0", RolloutShare.All);
        Assert.Equal((RolloutResult.Done, RolloutStatus.Completed), (answer.Result, answer.Rollout!.Status));
        Assert.Single(deployed.Settled);
    }

    [Fact]
    public void EndExperiment_OfTwoWhereNothingWasDeployed_TheLaterControlStands()
    {
        var second = Trials.Layer("exp_ffffffffffffffff") with { Control = Trials.Layer().Control with { Version = Trials.Version("1.5.0") } };

        var ended = new DeploymentState().RunExperiment(Trials.Layer()).EndExperiment(Trials.Id, Trials.Noon)
            .RunExperiment(second).EndExperiment(second.ExperimentId, Trials.Noon);

        Assert.Equal(["1.5.0"], Versions(ended));
    }

    [Fact]
    public void RollBack_OfAVersionInAnArm_EndsTheExperiment()
    {
        var state = Deploy(Deployed("1.0.0"), "2.0.0", 1000).Next.RunExperiment(Trials.Layer());

        var back = state.RollBack(null, "wrong answers", automatic: false, NewId(), Trials.Noon).Next;

        Assert.Null(back.Experiment);
        Assert.Contains("2.0.0", back.LastExperiment!.Reason!, StringComparison.Ordinal);
        Assert.Equal(["1.0.0"], Versions(back));
    }

    [Fact]
    public void RollBack_OfAVersionInNoArm_LetsTheExperimentGoOn()
    {
        var state = Deploy(Deployed("1.0.0"), "3.0.0", 1000).Next.RunExperiment(Trials.Layer());

        var back = state.RollBack(null, null, automatic: true, NewId(), Trials.Noon).Next;

        Assert.NotNull(back.Experiment);
    }

    [Fact]
    public void Delete_OfARolloutOfAVersionInAnArm_EndsTheExperiment()
    {
        var (state, answer) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);

        var deleted = state.RunExperiment(Trials.Layer()).Change(answer.Rollout!.Id, new RolloutChange { Command = RolloutCommand.Delete }, Trials.Noon).Next;

        Assert.Null(deleted.Experiment);
        Assert.Equal(["1.0.0"], Versions(deleted));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(RolloutCommand.Pause)]
    public void Promote_OfAVersionThatRollsOut_BringsItToAll(RolloutCommand? before)
    {
        var (state, answer) = Deploy(Deployed("1.0.0"), "2.0.0", 1000);
        state = before is { } command ? state.Change(answer.Rollout!.Id, new RolloutChange { Command = command }, Trials.Noon).Next : state;

        var (promoted, rollout) = Promote(state.RunExperiment(Trials.Layer()), "2.0.0");

        Assert.Equal((RolloutResult.Done, RolloutStatus.Completed), (rollout.Result, rollout.Rollout!.Status));
        Assert.Equal("2.0.0", promoted.LastExperiment!.Promoted);
        Assert.Equal(["2.0.0"], Versions(promoted));
    }

    [Fact]
    public void Promote_OfTheControlWhileTheTreatmentRollsOut_RollsItBack()
    {
        var state = Deploy(Deployed("1.0.0"), "2.0.0", 1000).Next.RunExperiment(Trials.Layer());

        var (promoted, answer) = Promote(state, "1.0.0");

        Assert.True(answer.Rollout!.IsRollback);
        Assert.Equal(["1.0.0"], Versions(promoted));
    }

    [Fact]
    public void Promote_WhileAnotherVersionRollsOut_ChangesNothing()
    {
        var state = Deploy(Deployed("1.0.0"), "3.0.0", 1000).Next.RunExperiment(Trials.Layer());

        var (same, answer) = Promote(state, "2.0.0");

        Assert.Equal((RolloutResult.OtherRolloutOpen, "3.0.0"), (answer.Result, answer.Rollout!.Version.Version));
        Assert.Same(state, same);
    }

    [Fact]
    public void Promote_OfWhatEverybodyHas_OnlyEndsTheExperiment()
    {
        var state = Deployed("1.0.0").RunExperiment(Trials.Layer());

        var (promoted, answer) = Promote(state, "1.0.0");

        Assert.Equal(RolloutResult.Done, answer.Result);
        Assert.True(promoted.Generation > state.Generation);
        Assert.Equal(state.Rollouts, promoted.Rollouts);
        Assert.Equal(["1.0.0"], Versions(promoted));
    }

    [Fact]
    public void InForce_HasTheArmsAndWhatRolloutsLeft() => Assert.Equal(
        ["1.0.0", "2.0.0", "3.0.0", "4.0.0"], Deploy(Deployed("3.0.0"), "4.0.0", 1000).Next.RunExperiment(Trials.Layer()).InForce);

    private static string? Runs(DeploymentState state, string device) => state.ToRule(Model).For(device, NoGroups)?.Version;

    private static SortedSet<string?> Versions(DeploymentState state) => new(Trials.Devices(100).Select(device => Runs(state, device)), StringComparer.Ordinal);

    private DeploymentState Deployed(string version) => Deploy(new DeploymentState(), version, RolloutShare.All).Next;

    private (DeploymentState Next, RolloutAnswer Answer) Deploy(DeploymentState state, string version, int basisPoints) =>
        state.Deploy(new DeployOrder { Version = version, BasisPoints = basisPoints }, Trials.Version(version), NewId(), Trials.Noon);

    private (DeploymentState Next, RolloutAnswer Answer) Promote(DeploymentState state, string version) => state.Promote(
        new DeployOrder { Version = version, BasisPoints = RolloutShare.All, EndsExperiment = Trials.Id }, Trials.Version(version), NewId(), Trials.Noon);

    private string NewId() => $"rol_{_ids++}";
}
