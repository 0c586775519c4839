using Octomil.Deployments;
using Xunit;

namespace Octomil.Experiments;

public sealed class ExperimentStateTests
{
    [Fact]
    public void Create_Again_ChangesNothing()
    {
        var draft = Trials.Draft();

        Assert.Same(draft, draft.Create("org_00000002", Trials.Order with { Name = "other" }, ("other", Trials.Version("1.0.0"), Trials.Version("2.0.0")), Trials.Noon));
        Assert.Equal(ExperimentStatus.Draft, draft.Status);
    }

    [Fact]
    public void Order_OfTheSameRequest_IsEqual()
    {
        // What idempotent creation compares.
        Assert.Equal(Trials.Order, Trials.Order with { Control = Trials.Order.Control with { Name = "control" } });
        Assert.NotEqual(Trials.Order, Trials.Order with { Control = Trials.Order.Control with { BasisPoints = 4000 } });
    }

    [Theory]
    [InlineData(ExperimentStatus.Draft, ExperimentCommand.Start, ExperimentResult.Done, ExperimentStatus.Running)]
    [InlineData(ExperimentStatus.Draft, ExperimentCommand.Pause, ExperimentResult.WrongStatus, ExperimentStatus.Draft)]
    [InlineData(ExperimentStatus.Draft, ExperimentCommand.Complete, ExperimentResult.WrongStatus, ExperimentStatus.Draft)]
    [InlineData(ExperimentStatus.Draft, ExperimentCommand.Cancel, ExperimentResult.Done, ExperimentStatus.Cancelled)]
    [InlineData(ExperimentStatus.Running, ExperimentCommand.Start, ExperimentResult.Done, ExperimentStatus.Running)]
    [InlineData(ExperimentStatus.Running, ExperimentCommand.Pause, ExperimentResult.Done, ExperimentStatus.Paused)]
    [InlineData(ExperimentStatus.Running, ExperimentCommand.Resume, ExperimentResult.Done, ExperimentStatus.Running)]
    [InlineData(ExperimentStatus.Running, ExperimentCommand.Complete, ExperimentResult.Done, ExperimentStatus.Completed)]
    [InlineData(ExperimentStatus.Paused, ExperimentCommand.Start, ExperimentResult.WrongStatus, ExperimentStatus.Paused)]
    [InlineData(ExperimentStatus.Paused, ExperimentCommand.Resume, ExperimentResult.Done, ExperimentStatus.Running)]
    [InlineData(ExperimentStatus.Paused, ExperimentCommand.Cancel, ExperimentResult.Done, ExperimentStatus.Cancelled)]
    [InlineData(ExperimentStatus.Completed, ExperimentCommand.Complete, ExperimentResult.Done, ExperimentStatus.Completed)]
    [InlineData(ExperimentStatus.Completed, ExperimentCommand.Cancel, ExperimentResult.Over, ExperimentStatus.Completed)]
    [InlineData(ExperimentStatus.Cancelled, ExperimentCommand.Cancel, ExperimentResult.Done, ExperimentStatus.Cancelled)]
    [InlineData(ExperimentStatus.Cancelled, ExperimentCommand.Start, ExperimentResult.Over, ExperimentStatus.Cancelled)]
    public void Change_FromEachStatus_GoesWhereItMay(ExperimentStatus from, ExperimentCommand command, ExperimentResult result, ExperimentStatus to)
    {
        var state = Trials.Draft() with { Status = from };

        var changed = state.Change(command, null, Trials.Noon);

        Assert.Equal((result, to), (changed.Result, changed.Next.Status));
        Assert.Equal(to is ExperimentStatus.Completed or ExperimentStatus.Cancelled && from != to, changed.Next.EndedAt is not null);
    }

    [Fact]
    public void Promote_EndsIt_AndAgainIsTheSame_AndAnotherIsRefused()
    {
        var running = Trials.Draft() with { Status = ExperimentStatus.Running };

        var (promoted, result) = running.Promote("treatment", Trials.Noon);

        Assert.Equal((ExperimentResult.Done, ExperimentStatus.Completed, "treatment"), (result, promoted.Status, promoted.Promoted));
        Assert.Equal("2.0.0", promoted.VersionOf("treatment")!.Version);
        Assert.Same(promoted, promoted.Promote("treatment", Trials.Noon.AddDays(1)).Next);
        Assert.Equal(ExperimentResult.Over, promoted.Promote("control", Trials.Noon).Result);
        Assert.Equal(ExperimentResult.VariantNotFound, running.Promote("nobody", Trials.Noon).Result);
        Assert.Equal(ExperimentResult.WrongStatus, Trials.Draft().Promote("control", Trials.Noon).Result);
        Assert.Equal(ExperimentResult.Over, (Trials.Draft() with { Status = ExperimentStatus.Cancelled }).Promote("control", Trials.Noon).Result);
    }

    [Fact]
    public void Settle_OfACommandThatWasCutShort_TakesOverWhatTheDeploymentSays()
    {
        var (draft, running) = (Trials.Draft(), Trials.Draft() with { Status = ExperimentStatus.Running });
        var holds = new DeploymentSnapshot { Experiment = Trials.Layer() };
        var rolledBack = Ended(reason: "rolled back");

        Assert.Equal(ExperimentStatus.Running, draft.Settle(Trials.Id, holds).Status);
        Assert.Same(running, running.Settle(Trials.Id, holds));
        Assert.Same(draft, draft.Settle(Trials.Id, new DeploymentSnapshot()));

        var cancelled = running.Settle(Trials.Id, rolledBack);
        Assert.Equal((ExperimentStatus.Cancelled, "rolled back", Trials.Noon), (cancelled.Status, cancelled.Reason, cancelled.EndedAt!.Value));
        Assert.Same(cancelled, cancelled.Settle(Trials.Id, rolledBack));

        var promoted = running.Settle(Trials.Id, Ended(promoted: "2.0.0"));
        Assert.Equal((ExperimentStatus.Completed, "treatment"), (promoted.Status, promoted.Promoted));

        // Another one runs, and of this one nothing is known any more: it does not run.
        Assert.Equal(ExperimentStatus.Cancelled, running.Settle(Trials.Id, new DeploymentSnapshot { Experiment = Trials.Layer("exp_ffffffffffffffff") }).Status);

        static DeploymentSnapshot Ended(string? reason = null, string? promoted = null) => new()
        {
            LastExperiment = new EndedExperiment { ExperimentId = Trials.Id, At = Trials.Noon, Reason = reason, Promoted = promoted },
        };
    }

    [Fact]
    public void List_WhereItIsFull_TakesNoMore_AndTheSameIsTheSame()
    {
        var list = new ExperimentListState();
        for (var i = 0; i < 1000; i++)
        {
            list = list.Add(new ListedExperiment { Id = $"exp_{i}", ModelId = "mdl_1" })!;
        }

        Assert.Null(list.Add(new ListedExperiment { Id = "exp_1000", ModelId = "mdl_1" }));
        Assert.Same(list, list.Add(new ListedExperiment { Id = "exp_7", ModelId = "mdl_1" }));
    }
}
