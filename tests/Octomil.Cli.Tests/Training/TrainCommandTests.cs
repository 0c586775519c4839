namespace Octomil.Training;

public sealed class TrainCommandTests
{
    private const string Sessions = "POST /training/sessions";

    private static readonly StartTrainingResponse _started = new() { SessionId = Runs.SessionId, Status = "started" };

    [Fact]
    public async Task Start_AsDocumented_SendsTheRequestAndSaysHowToWatch()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Sessions, _started);
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync(
            "train", "start", "radiology-v1", "--strategy", "fedavg", "--rounds", "50", "--group", "production", "--federation", "healthcare-consortium")).Expect(0);

        Assert.Equal("Training started: radiology-v1 (run_0123456789abcdef)\n", ended.Out);
        Assert.Contains("octomil train status radiology-v1 --watch", ended.Error, StringComparison.Ordinal);
        Assert.Equal(
            """{"model_id":"radiology-v1","group":"production","federation":"healthcare-consortium","strategy":"fedavg","rounds":50}""",
            service.Requests.Single().Body);
        Assert.Equal($"Bearer {CommandLine.Key}", service.Requests.Single().Authorization);
    }

    [Fact]
    public async Task Start_WithEveryOption_SendsThemAll()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Sessions, _started).On("POST /training/forecast", Forecast());
        using var octomil = CommandLine.For(service);

        var started = (await octomil.RunAsync(
            "train", "start", "m", "--strategy", "fedadam", "--rounds", "3", "--param", "server_lr=0.1", "--param", "tau=1e-3", "--local-epochs", "2",
            "--batch-size", "16", "--learning-rate", "0.01", "--optimizer", "adam", "--momentum", "0", "--weight-decay", "1e-4", "--holdout", "20%", "--seed", "7",
            "--min-devices", "4", "--min-updates", "3", "--target-updates", "5", "--round-timeout", "1m30s", "--over-selection", "1.3", "--max-magnitude", "8",
            "--max-sample-count", "1000", "--privacy", "dp", "--clip", "1.5", "--noise-multiplier", "0.7")).Expect(0);

        var request = service.Body<StartTrainingRequest>(Sessions);
        Assert.Equal(["server_lr=0.1", "tau=1e-3"], request.Params!.Select(pair => $"{pair.Key}={pair.Value}").Order());
        Assert.Equal(
            new StartTrainingRequest
            {
                ModelId = "m", Strategy = "fedadam", Rounds = 3, LocalEpochs = 2, BatchSize = 16, LearningRate = 0.01, Optimizer = "adam", Momentum = 0,
                WeightDecay = 1e-4, Holdout = 0.2, Seed = 7, MinDevices = 4, MinUpdates = 3, TargetUpdates = 5, RoundTimeoutSeconds = 90, OverSelection = 1.3,
                MaxMagnitude = 8, MaxSampleCount = 1000, Privacy = "dp-sgd", ClipNorm = 1.5, NoiseMultiplier = 0.7,
            },
            request with { Params = null });
        Assert.Equal(
            """
            Private run: clip 1.5, noise multiplier 0.7, 3 rounds. Cost to each organization:
              org_7f8a9b0c  Acme Health    epsilon 7.5000 a round, 7.90 of 8 after the run  budget lasts 1 round
              org_abc123    Metro General  no privacy budget                                -                     (has set no privacy budget)
            Noise to signal: 2.80 (noise multiplier x sqrt(64 parameters) / 2 updates)
            Warning: The noise exceeds the signal.

            """,
            started.Error[..(started.Error.IndexOf("signal.", StringComparison.Ordinal) + 8)]);
    }

    private static TrainingForecastResponse Forecast() => new()
    {
        ClipNorm = 1.5,
        NoiseMultiplier = 0.7,
        Rounds = 3,
        MuSquaredPerRound = 2.04,
        Parameters = 64,
        Updates = 2,
        NoiseToClip = 2.8,
        Warning = "The noise exceeds the signal.",
        Organizations =
        [
            new OrganizationForecastResponse
            {
                OrgId = "org_7f8a9b0c", OrgName = "Acme Health", PrivacyBudget = 8, Delta = 1e-5, EpsilonPerRound = 7.5, EpsilonAfterRun = 7.9, RoundsLeft = 1,
            },
            new OrganizationForecastResponse { OrgId = "org_abc123", OrgName = "Metro General", Reason = "has set no privacy budget" },
        ],
    };

    [Theory]
    [InlineData("--rounds", "0")]
    [InlineData("--rounds", "many")]
    [InlineData("--param", "server_lr")]
    [InlineData("--param", "=1")]
    [InlineData("--param", "a=1", "--param", "a=2")]
    [InlineData("--round-timeout", "10")]
    [InlineData("--round-timeout", "0s")]
    [InlineData("--holdout", "100%")]
    [InlineData("--holdout", "-0.1")]
    [InlineData("--learning-rate", "NaN")]
    [InlineData("--learning-rate", "0")]
    [InlineData("--over-selection", "0.5")]
    [InlineData("--optimizer", "lbfgs")]
    [InlineData("--privacy", "dp")]
    [InlineData("--privacy", "none", "--clip", "1")]
    [InlineData("--noise-multiplier", "1")]
    [InlineData("--group", "a/b")]
    [InlineData("--seed", "-1")]
    [InlineData("--no-such-option")]
    [InlineData("stray")]
    public async Task Start_WithAWrongValue_IsRefusedBeforeAnythingIsCalled(params string[] wrong)
    {
        await using var service = await FakeService.StartAsync();
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync(["train", "start", "radiology-v1", .. wrong])).Expect(4);

        Assert.StartsWith("error: ", ended.Error, StringComparison.Ordinal);
        Assert.Empty(ended.Out);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Start_Watched_IgnoresTheRunBefore()
    {
        await using var service = await FakeService.StartAsync();
        var streams = 0;
        service.On(Sessions, _started)
            .On("GET /training/radiology-v1/status", Runs.Status(round: 1))
            .On("GET /training/radiology-v1/events", context => Interlocked.Increment(ref streams) == 1
                ? Runs.Events(Runs.Completed() with { SessionId = "run_00000000000000ff", NewVersion = "1.0.0" })(context)
                : Runs.Events(Runs.Completed())(context));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        var ended = (await octomil.RunAsync("train", "start", "radiology-v1", "--rounds", "50", "--watch")).Expect(0);

        Assert.Equal("Training started: radiology-v1 (run_0123456789abcdef)", ended.Lines[0]);
        Assert.StartsWith("round 1/50", ended.Lines[1], StringComparison.Ordinal);
        Assert.Equal("New version: 2.0.0 (aggregated from 50 rounds, 2 organizations)", ended.Lines[^1]);
    }

    [Fact]
    public async Task Start_WhileAnotherRunGoesOn_ShowsTheReasonAndAHint()
    {
        await using var service = await FakeService.StartAsync();
        service.Refuse(Sessions, 409, "run_in_progress", "run_00000000000000ff over radiology-v1 is in progress.");
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "start", "radiology-v1")).Expect(1);

        Assert.StartsWith("error: run_00000000000000ff over radiology-v1 is in progress.\nhint: follow it with", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_IsTheDocumentedShape_AndTheJsonIsTheServices()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /training/radiology-v1/status", """{"session_id":"run_1","model_id":"m","model":"radiology-v1","status":"PENDING","strategy":"fedavg","current_round":0,"total_rounds":3,"active_devices":0,"contributions":[],"added_later":1}""");
        using var octomil = CommandLine.For(service);

        var text = (await octomil.RunAsync("train", "status", "radiology-v1")).Expect(0);
        var json = (await octomil.RunAsync("train", "status", "radiology-v1", "--json")).Expect(0);

        Assert.Equal("Training: radiology-v1\nStrategy: fedavg\nRound: 0 / 3    Status: PENDING\n", text.Out);
        Assert.EndsWith("\"added_later\":1}\n", json.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopPauseResume_SayWhatHappened()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /training/m/stop", new StopTrainingResponse { LastRound = 12, NewVersion = "1.1.0" })
            .On("POST /training/m/pause", Runs.Status("PAUSED"))
            .On("POST /training/m/resume", new { });
        using var octomil = CommandLine.For(service);

        Assert.Equal("Training stopped: m after round 12\nNew version: 1.1.0\n", (await octomil.RunAsync("train", "stop", "m", "--publish")).Expect(0).Out);
        Assert.Equal("Training paused: m\n", (await octomil.RunAsync("train", "pause", "m")).Expect(0).Out);
        Assert.Equal("Training resumed: m\n", (await octomil.RunAsync("train", "resume", "m")).Expect(0).Out);
        Assert.True(service.Body<StopTrainingRequest>("POST /training/m/stop").Publish);
    }

    [Fact]
    public async Task List_ShowsOneLineForEachRun()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /training/sessions", new TrainingSessionList { Sessions = [Runs.Completed(), Runs.Status()] });
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            RUN                   MODEL         STATUS       ROUND  STRATEGY  ACCURACY  STARTED  NEW VERSION
            run_0123456789abcdef  radiology-v1  COMPLETED    50/50  fedavg       0.874  -        2.0.0
            run_0123456789abcdef  radiology-v1  IN_PROGRESS  23/50  fedavg       0.874  -        -

            """,
            (await octomil.RunAsync("train", "list")).Expect(0).Out);
    }
}
