using Octomil.Client.Http;
using Octomil.Client.Rounds;
using Octomil.Client.Tests.Fakes;
using Octomil.Learning.Weights;
using Octomil.Training;
using Xunit;

namespace Octomil.Client.Tests.Protocol;

public sealed class TrainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Train_UntilTheRunEnds_TellsWhatWasDoneAndTheNewVersion()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Status = SampleRun.StatusOf("IN_PROGRESS");
        bench.Service.Listed.AddRange([bench.Service.Assign(1), bench.Service.Assign(2, RoundKinds.Evaluate)]);
        var training = bench.Client.TrainAsync(SampleRun.Model, bench.Trainer, new TrainingOptions { TargetColumn = "diagnosis" }, Token);
        var task = await bench.Trainer.NextAsync();
        await bench.LineAsync("answer of round 2");

        bench.Service.Status = SampleRun.StatusOf("COMPLETED", "2.0.0");
        await bench.Service.Devices.RoundClosed("rnd_0000000000000002", "published");
        var summary = await training;

        Assert.Equal("diagnosis", task.TargetColumn);
        Assert.Equal((SampleRun.Session, true, "COMPLETED", "2.0.0", 1), (summary.SessionId, summary.RunEnded, summary.RunStatus, summary.NewVersion, summary.RoundsTrained));
        Assert.Equal([(1, "train", RoundOutcome.Accepted), (2, "evaluate", RoundOutcome.Accepted)], summary.Rounds.Select(round => (round.RoundNumber, round.Kind, round.Outcome)));
        Assert.Equal((7, 0.5, 0.75), (summary.Rounds[0].SampleCount, summary.Rounds[0].Loss, summary.Rounds[0].EvalLoss));
    }

    [Fact]
    public async Task Train_OfARunWhoseEndIsNotPushed_FindsItByAsking()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Status = SampleRun.StatusOf("IN_PROGRESS");
        bench.Service.Listed.Add(bench.Service.Assign(1));
        // The first wait begins while the device trains; the round's end ends it and begins another.
        bench.Trainer.OnTrain = (_, _) => bench.Clock.WaitedForAsync(TimeSpan.FromSeconds(1));
        var training = bench.Client.TrainAsync(SampleRun.Model, bench.Trainer, null, Token);
        await bench.LineAsync("answer of round 1");

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(1));
        await bench.Clock.WaitedForAsync(TimeSpan.FromSeconds(2));
        bench.Service.Status = SampleRun.StatusOf("STOPPED");
        bench.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("STOPPED", (await training).RunStatus);
    }

    [Fact]
    public async Task Train_WithoutARun_SaysSoInTime()
    {
        await using var bench = await Bench.StartAsync();
        var training = bench.Client.TrainAsync(SampleRun.Model, bench.Trainer, null, Token);
        await bench.LineAsync("Connected to");

        await bench.Clock.PassAsync(TimeSpan.FromHours(1));

        var exception = await Assert.ThrowsAsync<NoRunException>(() => training);
        Assert.Equal("No training run over 'radiology-v1' selected hospital-001 within 1 h. There is no run over this model.", exception.Message);
        Assert.IsAssignableFrom<TimeoutException>(exception);
    }

    [Fact]
    public async Task Train_WhoseUpdateIsRefusedForWhatItIs_SaysWhy()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.OnUpdate = (_, _) => Task.FromResult<Microsoft.AspNetCore.Http.IResult?>(
            FakeEndpoints.Problem(422, ErrorCodes.InvalidWeights, "The tensor 'w' has the shape [3], not [4]."));
        bench.Service.Listed.Add(bench.Service.Assign(1));

        var refusal = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.TrainAsync(SampleRun.Model, bench.Trainer, null, Token));

        Assert.Equal("The tensor 'w' has the shape [3], not [4].", refusal.Message);
    }

    [Fact]
    public async Task Train_WhoseTrainerFails_ThrowsItsException()
    {
        await using var bench = await Bench.StartAsync();
        bench.Trainer.OnTrain = (_, _) => throw new FormatException("Row 12 has 3 cells, not 4.");
        bench.Service.Listed.Add(bench.Service.Assign(1));

        await Assert.ThrowsAsync<FormatException>(() => bench.Client.TrainAsync(SampleRun.Model, bench.Trainer, null, Token));
    }

    [Fact]
    public async Task TrainFromRemote_OfTwoRounds_SendsTheDifferencesAndLeaves()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Listed.AddRange([bench.Service.Assign(1), bench.Service.Assign(2), bench.Service.Assign(3)]);

        var summary = await bench.Client.TrainFromRemoteAsync(
            SampleRun.Model,
            weights =>
            {
                weights["w"][0] += 4;
                return new LocalTrainingResult(weights, 11, new Dictionary<string, double> { ["loss"] = 0.42 });
            },
            rounds: 2,
            cancellationToken: Token);

        var updates = bench.Service.Calls.All.Where(call => call.What.StartsWith("PUT", StringComparison.Ordinal)).Select(call => ModelWeights.Load(call.Body).Trained);
        Assert.Equal([[4f, 0f, 0f], [4f, 0f, 0f]], updates);
        Assert.Equal((2, false, 0.42), (summary.RoundsTrained, summary.RunEnded, summary.Rounds[1].Loss));
    }

    [Fact]
    public async Task TrainFromRemote_OfARunThatEndsEarlier_SaysSo()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Status = SampleRun.StatusOf("COMPLETED", "2.0.0");
        bench.Service.Listed.Add(bench.Service.Assign(1));

        var summary = await bench.Client.TrainFromRemoteAsync(
            SampleRun.Model, weights => new LocalTrainingResult(weights.WithStateDict(weights.ToStateDict()), 1), rounds: 5, cancellationToken: Token);

        Assert.Equal((1, true), (summary.RoundsTrained, summary.RunEnded));
    }
}
