using System.Text.Json;
using Octomil.Experiments;
using Octomil.Webhooks;
using Xunit;

namespace Octomil.Deployments;

/// <summary>What webhooks are told of a change.</summary>
public sealed class DeploymentNewsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly DeploymentKey Key = new("org_1", "mdl_1", "radiology");

    private DeploymentState _state = new() { ModelName = "radiology" };
    private DateTimeOffset _now = Noon;

    [Fact]
    public void Deploy_AndAdvance_AreToldWithTheirPercentages()
    {
        var first = Deploy("1.0.0", 10_000);
        var second = Deploy("2.0.0", 1000);
        var third = Change(RolloutCommand.Advance, 2500);

        Assert.Equal(["rollout.advanced 1.0.0 100 completed"], first);
        Assert.Equal(["rollout.advanced 2.0.0 10 active"], second);
        Assert.Equal(["rollout.advanced 2.0.0 25 active"], third);
        Assert.Equal(3, _state.Untold.Select(told => told.Id).Distinct().Count());
    }

    [Fact]
    public void Changes_ThatBringTheVersionToNobodyElse_AreNotTold()
    {
        Deploy("1.0.0", 10_000);
        Deploy("2.0.0", 5000);

        Assert.Empty(Change(RolloutCommand.Pause));
        Assert.Empty(Change(RolloutCommand.Resume));
        Assert.Empty(Change(RolloutCommand.SetPercentage, 1000));
    }

    [Fact]
    public void Start_OfAPendingRollout_IsToldThen()
    {
        Assert.Empty(Deploy("1.0.0", 1000, start: false));

        Assert.Equal(["rollout.advanced 1.0.0 10 active"], Change(RolloutCommand.Start));
    }

    [Fact]
    public void RollBack_IsToldOnceOfTheVersionThatIsTakenBack()
    {
        Deploy("1.0.0", 10_000);
        Deploy("2.0.0", 5000);

        Assert.Equal(["rollout.rolled_back 2.0.0 to 1.0.0 False"], Apply(state => state.RollBack(null, "wrong", automatic: false, "rol_back", _now).Next));
    }

    [Fact]
    public void RollBack_ByItself_SaysSo()
    {
        Deploy("1.0.0", 10_000);
        Deploy("2.0.0", 10_000);

        Assert.Equal(["rollout.rolled_back 2.0.0 to 1.0.0 True"], Apply(state => state.RollBack(null, "errors", automatic: true, "rol_back", _now).Next));
    }

    [Fact]
    public void Delete_OfAnOpenRollout_IsARollback_AndOfAPendingOneNothing()
    {
        Deploy("1.0.0", 1000);
        Assert.Equal(["rollout.rolled_back 1.0.0 to  False"], Change(RolloutCommand.Delete));

        Deploy("2.0.0", 1000, start: false);
        Assert.Empty(Change(RolloutCommand.Delete));
    }

    [Theory]
    [InlineData(null, null, "experiment.ended 1.0.0 2.0.0 to  False")]
    [InlineData("errors", null, "experiment.ended 1.0.0 2.0.0 to  True")]
    [InlineData(null, "2.0.0", "experiment.ended 1.0.0 2.0.0 to 2.0.0 False")]
    public void EndOfAnExperiment_IsToldOnce_AndItsBeginIsNot(string? reason, string? promoted, string expected)
    {
        Assert.Empty(Apply(state => state.RunExperiment(new ExperimentLayer
        {
            ExperimentId = "exp_1", Name = "ct", Control = Arm("control", "1.0.0"), Treatment = Arm("treatment", "2.0.0"), TrafficBasisPoints = 10_000,
        })));

        Assert.Equal([expected], Apply(state => state.EndExperiment("exp_1", _now, reason, promoted)));
        Assert.Empty(Apply(state => state.EndExperiment("exp_1", _now, reason, promoted)));
    }

    private static ExperimentArm Arm(string name, string version) =>
        new() { Name = name, Version = new DeployedVersion { Version = version, Sha256 = "ab", Bytes = 1 }, BasisPoints = 5000 };

    private List<string> Deploy(string version, int basisPoints, bool start = true) => Apply(state => state.Deploy(
        new DeployOrder { Version = version, BasisPoints = basisPoints, Start = start }, new DeployedVersion { Version = version, Sha256 = "ab", Bytes = 1 }, $"rol_{version}", _now).Next);

    private List<string> Change(RolloutCommand command, int? basisPoints = null) =>
        Apply(state => state.Change(state.Open!.Id, new RolloutChange { Command = command, BasisPoints = basisPoints }, _now).Next);

    private List<string> Apply(Func<DeploymentState, DeploymentState> change)
    {
        _now += TimeSpan.FromMinutes(1);
        var before = _state;
        _state = change(before).WithNewsSince(before, Key, _now);
        return [.. _state.Untold.Skip(before.Untold.Length).Select(Describe)];
    }

    private static string Describe(WebhookEvent told)
    {
        var data = JsonDocument.Parse(told.Data).RootElement;

        if (told.Type == WebhookEventTypes.ExperimentEnded)
        {
            return $"{told.Type} {data.GetProperty("control_version")} {data.GetProperty("treatment_version")} to {data.GetProperty("promoted_version")} {data.GetProperty("automatic")}";
        }

        var what = told.Type == WebhookEventTypes.RolloutAdvanced
            ? $"{data.GetProperty("percentage")} {data.GetProperty("status")}"
            : $"to {data.GetProperty("to_version")} {data.GetProperty("automatic")}";
        return $"{told.Type} {data.GetProperty("version")} {what}";
    }
}
