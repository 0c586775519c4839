using System.Text.Json;
using Octomil.Client.Tests.Fakes;
using Octomil.Learning.Weights;
using Octomil.Training;
using Xunit;

namespace Octomil.Client.Tests.Protocol;

public sealed class RoundTests
{
    [Fact]
    public async Task Run_OfAPushedRound_TrainsFromItsBaseAndSendsTheDifference()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();

        await bench.Service.Devices.RoundAssigned(bench.Service.Assign(3));
        var task = await bench.Trainer.NextAsync();
        var call = await bench.Service.CallAsync("PUT /api/v1/training/rounds/rnd_0000000000000003/updates/dev_0000000000000001");

        Assert.Equal([1f, 2f, 3f], task.Base.Trained);
        Assert.Equal(0.01, task.ProximalMu);
        Assert.Equal(RoundSeed.For(42, 3, "dev_0000000000000001"), task.RoundSeed);
        Assert.Equal([0.5f, 0.5f, 0.5f], ModelWeights.Load(call.Body).Trained);
        var metadata = Metadata(call.Body);
        Assert.Equal(("delta", "7", "3"), (metadata["update_format"], metadata["sample_count"], metadata["steps"]));
        Assert.Equal("""{"auc":0.875}""", metadata["metrics"]);
    }

    [Fact]
    public async Task Run_OfARoundWhosePushWasLost_FindsItByPolling()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();
        await bench.Clock.PassAsync(TimeSpan.FromSeconds(5));
        await bench.Service.CallAsync("GET /api/v1/training/rounds");
        bench.Service.Listed.Add(bench.Service.Assign(1));

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(15));

        await bench.LineAsync("Sent the train answer of round 1");
    }

    [Fact]
    public async Task Run_OfARoundWithClipNorm_SendsADifferenceOfThatNorm()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Listed.Add(bench.Service.Assign(1) with { ClipNorm = 0.25 });
        await bench.RunAsync();

        var call = await bench.Service.CallAsync("PUT");

        Assert.Equal(0.25, Math.Sqrt(ModelWeights.Load(call.Body).Trained.Sum(value => (double)value * value)), 1e-6);
    }

    [Fact]
    public async Task Run_OfStatisticsAndEvaluationRounds_SendsTheReports()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Listed.AddRange([bench.Service.Assign(1, RoundKinds.Statistics), bench.Service.Assign(2, RoundKinds.Evaluate)]);
        await bench.RunAsync();

        var statistics = await bench.Service.CallAsync("PUT /api/v1/training/rounds/rnd_0000000000000001/statistics/");
        var evaluation = await bench.Service.CallAsync("PUT /api/v1/training/rounds/rnd_0000000000000002/evaluation/");

        Assert.Equal("""{"rows":12,"features":{"chol":{"count":12,"mean":2.5,"m2":4}}}""", System.Text.Encoding.UTF8.GetString(statistics.Body));
        Assert.Equal("""{"eval_count":3,"eval_loss":0.25,"eval_accuracy":0.75}""", System.Text.Encoding.UTF8.GetString(evaluation.Body));
    }

    [Theory]
    [InlineData(9, null)]
    [InlineData(10, """{"rows":10,"features":{"chol":{"count":10,"mean":2.5,"m2":4},"rare":{"count":0,"mean":0,"m2":0}}}""")]
    public async Task Run_OfAStatisticsRoundOverFewRows_SendsNothingOfFewerThanTen(int rows, string? sent)
    {
        await using var bench = await Bench.StartAsync();
        bench.Trainer.Statistics = new StatisticsReport
        {
            Rows = rows,
            Features = new Dictionary<string, FeatureStatisticsMessage>
            {
                ["chol"] = new() { Count = rows, Mean = 2.5, M2 = 4 },
                ["rare"] = new() { Count = 1, Mean = 7, M2 = 0 },
            },
        };
        bench.Service.Listed.AddRange([bench.Service.Assign(1, RoundKinds.Statistics), bench.Service.Assign(2)]);
        await bench.RunAsync();
        await bench.LineAsync("answer of round 2");

        var call = bench.Service.Calls.All.SingleOrDefault(call => call.What.Contains("/statistics/", StringComparison.Ordinal));
        Assert.Equal(sent, call is null ? null : System.Text.Encoding.UTF8.GetString(call.Body));
    }

    [Fact]
    public async Task Run_OfTwoRoundsWithOneBase_DownloadsItOnce()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Listed.AddRange([bench.Service.Assign(1, RoundKinds.Statistics), bench.Service.Assign(2)]);
        await bench.RunAsync();

        await bench.LineAsync("answer of round 1");
        await bench.LineAsync("answer of round 2");

        Assert.Single(bench.Service.Calls.All, call => call.What.EndsWith("/base", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_OfADownloadThatBreaks_GoesOnWhereItBroke()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Base = FakeWeights.Of([.. Enumerable.Range(0, 100_000).Select(index => (float)index)]);
        bench.Service.OnDownload = async (context, attempt) =>
        {
            if (attempt > 1)
            {
                return false;
            }

            context.Response.ContentLength = bench.Service.Base.File.Length;
            await context.Response.Body.WriteAsync(bench.Service.Base.File.AsMemory(0, 150_000));
            await context.Response.Body.FlushAsync();
            // The device says how far it is before the line is cut, so that the cut is in the middle for sure.
            context.Abort();
            return true;
        };
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();

        await bench.Service.CallAsync("GET /api/v1/training/rounds/rnd_0000000000000001/base");
        var second = await bench.Service.CallAsync("GET /api/v1/training/rounds/rnd_0000000000000001/base");
        var task = await bench.Trainer.NextAsync();

        Assert.Matches("^bytes=[1-9][0-9]*-$", second.Range);
        Assert.Equal(99_999f, task.Base.Trained[^1]);
    }

    [Fact]
    public async Task Run_OfABaseWithOtherBytes_RefusesToTrain()
    {
        await using var bench = await Bench.StartAsync();
        var round = bench.Service.Assign(1);
        bench.Service.Listed.Add(round with { Base = round.Base with { Sha256 = new string('0', 64) } });
        await bench.RunAsync();

        await bench.LineAsync("their SHA-256 differs");

        Assert.Empty(bench.Trainer.Tasks.All);
    }

    [Fact]
    public async Task Run_OfARoundThatCloses_StopsTraining()
    {
        await using var bench = await Bench.StartAsync();
        bench.Trainer.OnTrain = FakeTrainer.ForEver;
        await bench.RunAsync();
        var round = bench.Service.Assign(1);
        await bench.Service.Devices.RoundAssigned(round);
        await bench.Trainer.NextAsync();

        await bench.Service.Devices.RoundClosed(round.RoundId, "abandoned");

        await bench.LineAsync("closed before this device had answered: abandoned");
        Assert.DoesNotContain(bench.Service.Calls.All, call => call.What.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_OfARoundWhoseDeadlinePasses_StopsTrainingAndTakesTheNext()
    {
        await using var bench = await Bench.StartAsync();
        bench.Trainer.OnTrain = (task, token) => task.RoundNumber == 1 ? FakeTrainer.ForEver(task, token) : Task.CompletedTask;
        await bench.RunAsync();
        await bench.Service.Devices.RoundAssigned(bench.Service.Assign(1));
        await bench.Trainer.NextAsync();

        bench.Clock.Advance(TimeSpan.FromMinutes(10));
        await bench.LineAsync("the deadline passed");
        await bench.Service.Devices.RoundAssigned(bench.Service.Assign(2));

        await bench.LineAsync("answer of round 2");
    }

    [Fact]
    public async Task Run_WithAClockHoursOff_KeepsTheServicesDeadlines()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.ClockOffset = TimeSpan.FromHours(-5);
        bench.Service.Listed.Add(bench.Service.Assign(1));

        await bench.RunAsync();

        await bench.LineAsync("answer of round 1");
    }

    [Fact]
    public async Task Run_OfATrainingThatFails_SaysWhyAndTriesAgainWhenListedLater()
    {
        await using var bench = await Bench.StartAsync();
        bench.Trainer.OnTrain = (_, _) => bench.Trainer.Tasks.All.Count == 1
            ? throw new InvalidDataException("The column 'diagnosis' is missing.")
            : Task.CompletedTask;
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();
        await bench.LineAsync("failed on this device: The column 'diagnosis' is missing.");

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(5));
        await bench.Service.CallAsync("GET /api/v1/training/rounds");
        await bench.Clock.PassAsync(TimeSpan.FromSeconds(15));

        await bench.LineAsync("answer of round 1");
    }

    [Fact]
    public async Task Run_OfAnotherModelsRound_LeavesItOut()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.Listed.AddRange([bench.Service.Assign(1) with { Model = "other", ModelId = "mdl_other" }, bench.Service.Assign(2)]);
        await bench.RunAsync();

        await bench.LineAsync("answer of round 2");
        await bench.LineAsync("Selected for other, which this device does not train");

        Assert.Single(bench.Trainer.Tasks.All);
    }

    private static Dictionary<string, string> Metadata(byte[] file)
    {
        using var header = JsonDocument.Parse(file.AsMemory(8, (int)BitConverter.ToInt64(file)));
        return header.RootElement.GetProperty("__metadata__").Deserialize<Dictionary<string, string>>()!;
    }
}
