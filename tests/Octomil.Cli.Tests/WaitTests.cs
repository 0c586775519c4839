using Octomil.Deployments;
using Octomil.Training;

namespace Octomil;

/// <summary><c>--wait</c> and <c>--timeout</c>: exit codes 0 and 1 say how it went, 3 that it goes on.</summary>
public sealed class WaitTests
{
    private const string Rollouts = "/models/radiology-v1/rollouts";

    [Fact]
    public async Task TrainStart_ThatWaits_EndsWithTheRun()
    {
        await using var service = await RunsAsync(Runs.Status(round: 1), Runs.Completed());
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "start", "radiology-v1", "--rounds", "2", "--wait", "--timeout", "10m")).Expect(0);

        Assert.Equal(["Training started: radiology-v1 (run_0123456789abcdef)", "Training complete: radiology-v1"], ended.Lines.Take(2));
        Assert.DoesNotContain("round 1/", ended.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start", "--wait")]
    [InlineData("status", "--wait")]
    [InlineData("status", "--watch")]
    public async Task Train_ThatIsNotOverInTime_EndsWithThreeAndGoesOn(string command, string option)
    {
        await using var service = await RunsAsync(Runs.Status(round: 1));
        service.On("GET /training/radiology-v1/status", Runs.Status(round: 1));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        var ended = (await octomil.RunAsync("train", command, "radiology-v1", option, "--timeout", "5s")).Expect(3);

        Assert.Contains("error: The run over radiology-v1 is not over after 5 s; it goes on.\nhint: `octomil train status radiology-v1 --watch`", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainStatus_WatchedAsJson_SaysWhichLineIsTheLast()
    {
        await using var service = await RunsAsync(Runs.Status(round: 1), Runs.Completed());
        using var octomil = CommandLine.For(service);

        foreach (var (option, lines) in ((string, int)[])[("--watch", 2), ("--wait", 1)])
        {
            var ended = (await octomil.RunAsync("train", "status", "radiology-v1", option, "--json")).Expect(0);

            Assert.Equal(lines, ended.Lines.Length);
            Assert.EndsWith("\"terminal\":true}", ended.Lines[^1], StringComparison.Ordinal);
            Assert.All(ended.Lines[..^1], line => Assert.DoesNotContain("terminal", line, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("deploy", "radiology-v1", "--version", "2.0.0", "--rollout", "100%")]
    [InlineData("rollout", "advance", "radiology-v1")]
    [InlineData("rollout", "set", "radiology-v1", "--percentage", "100")]
    [InlineData("rollout", "status", "radiology-v1")]
    [InlineData("rollback", "radiology-v1")]
    public async Task Rollouts_ThatWait_EndWhenEveryDeviceReported_OrWithThree(params string[] command)
    {
        await using var service = await FakeService.StartAsync();
        var reported = 1;
        foreach (var call in (string[])[$"POST {Rollouts}", $"POST {Rollouts}/rlt_1/advance", $"POST {Rollouts}/rlt_1/update-percentage", "POST /models/radiology-v1/rollback", $"GET {Rollouts}/rlt_1"])
        {
            service.On(call, context => FakeService.WriteJsonAsync(context, Rollout(100, RolloutStatuses.Completed, reported)));
        }

        foreach (var call in (string[])[$"GET {Rollouts}", $"GET {Rollouts}/active"])
        {
            service.On(call, context => FakeService.WriteJsonAsync(context, new[] { Rollout(90, RolloutStatuses.Active, reported) }));
        }

        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());
        var late = (await octomil.RunAsync([.. command, "--wait", "--timeout", "5s"])).Expect(3);
        Assert.Contains("error: The rollout of radiology-v1 is not over after 5 s; it goes on.\nhint: ", late.Error, StringComparison.Ordinal);

        reported = 2;
        Assert.Contains("Progress: 100% (2 of 2 devices)", (await octomil.RunAsync([.. command, "--wait", "--timeout", "5s"])).Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_OfAPart_WaitsForTheFirstDevice()
    {
        await using var service = await FakeService.StartAsync();
        service.On($"POST {Rollouts}", Rollout(10, RolloutStatuses.Active, 0)).On($"GET {Rollouts}", new[] { Rollout(10, RolloutStatuses.Active, 0) });
        var asked = 0;
        service.On($"GET {Rollouts}/rlt_1", context => FakeService.WriteJsonAsync(context, Rollout(10, RolloutStatuses.Active, asked++ == 0 ? 0 : 1)));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        (await octomil.RunAsync("deploy", "radiology-v1", "--version", "2.0.0", "--rollout", "10", "--wait")).Expect(0);

        Assert.Equal(2, asked);
        Assert.Equal(10, service.Body<CreateRolloutRequest>($"POST {Rollouts}").RolloutPercentage);
    }

    [Theory]
    [InlineData("train", "start", "radiology-v1")]
    [InlineData("train", "status", "radiology-v1")]
    [InlineData("rollback", "radiology-v1")]
    public async Task Timeout_OfNothing_EndsWithFour(params string[] command)
    {
        using var octomil = CommandLine.For("http://127.0.0.1:1");

        Assert.Contains("--timeout goes with --wait", (await octomil.RunAsync([.. command, "--timeout", "5s"])).Expect(4).Error, StringComparison.Ordinal);
    }

    private static async Task<FakeService> RunsAsync(params TrainingStatusResponse[] statuses)
    {
        var service = await FakeService.StartAsync();
        service.On("POST /training/sessions", new StartTrainingResponse { SessionId = "run_0123456789abcdef", Status = "started" });
        return service.On("GET /training/radiology-v1/events", Runs.Events(statuses));
    }

    private static RolloutResponse Rollout(double percentage, string status, int reported) => new()
    {
        Id = "rlt_1", ModelId = "mdl_1", Model = "radiology-v1", Version = "2.0.0", RolloutPercentage = percentage, TargetPercentage = 100, IncrementStep = 10, Status = status, IsRollback = false, Automatic = false,
        CreatedAt = DateTimeOffset.UnixEpoch, Progress = new RolloutProgress { Active = reported, Failed = 0, Devices = 2 },
    };
}
