namespace Octomil.Deployments;

public sealed class RolloutCommandTests
{
    private const string All = "/models/radiology-v1/rollouts";

    private static readonly RolloutResponse _rollout = new()
    {
        Id = "rol_0123456789abcdef",
        ModelId = "mdl_1a2b3c4d",
        Model = "radiology-v1",
        Version = "2.0.0",
        RolloutPercentage = 10,
        TargetPercentage = 100,
        IncrementStep = 25,
        Status = RolloutStatuses.Active,
        PreviousVersion = "1.0.0",
        IsRollback = false,
        Automatic = false,
        CreatedAt = DateTimeOffset.UnixEpoch,
        Progress = new RolloutProgress { Active = 12, Failed = 0, Devices = 124 },
    };

    [Theory]
    [InlineData("10%", 10.0)]
    [InlineData("10", 10.0)]
    [InlineData("0.5%", 0.5)]
    [InlineData("100%", 100.0)]
    public async Task Deploy_TakesPercentagesEitherWay_AndShowsTheProgress(string text, double percentage)
    {
        await using var service = await FakeService.StartAsync();
        service.On($"POST {All}", _rollout);
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("deploy", "radiology-v1", "--version", "2.0.0", "--rollout", text)).Expect(0);

        Assert.Equal(
            """
            Rollout: radiology-v1 2.0.0 (rol_0123456789abcdef)
            Status: active    Progress: 10% (12 of 124 devices)
            Before: 1.0.0

            """,
            ended.Out);
        var request = service.Body<CreateRolloutRequest>($"POST {All}");
        Assert.Equal(("2.0.0", percentage, true), (request.Version, request.RolloutPercentage, request.StartImmediately));
    }

    [Theory]
    [InlineData("deploy", "radiology-v1", "--version", "2.0.0", "--rollout", "101")]
    [InlineData("deploy", "radiology-v1", "--version", "2.0.0", "--rollout", "ten")]
    [InlineData("deploy", "radiology-v1", "--version", "two", "--rollout", "10")]
    [InlineData("deploy", "radiology-v1", "--rollout", "10")]
    [InlineData("rollout", "set", "radiology-v1")]
    public async Task Nonsense_IsWrongUsage(params string[] args)
    {
        using var octomil = CommandLine.For("http://127.0.0.1:9");

        (await octomil.RunAsync(args)).Expect(4);
    }

    [Fact]
    public async Task Rollout_AdvanceSetPauseResume_SpeakToTheOpenOne()
    {
        await using var service = await FakeService.StartAsync();
        var one = $"{All}/{_rollout.Id}";
        service.On($"GET {All}/active", new[] { _rollout })
            .On($"POST {one}/advance", _rollout with { RolloutPercentage = 35 })
            .On($"POST {one}/update-percentage", _rollout with { RolloutPercentage = 50 })
            .On($"POST {one}/pause", _rollout with { Status = RolloutStatuses.Paused, Reason = "a look first" })
            .On($"POST {one}/resume", _rollout);
        using var octomil = CommandLine.For(service);

        Assert.Contains("35% (12 of 124 devices)", (await octomil.RunAsync("rollout", "advance", "radiology-v1")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("50% (", (await octomil.RunAsync("rollout", "set", "radiology-v1", "--percentage", "50%")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("Status: paused", (await octomil.RunAsync("rollout", "pause", "radiology-v1", "--reason", "a look first")).Expect(0).Out, StringComparison.Ordinal);
        Assert.StartsWith("{\"id\":\"rol_", (await octomil.RunAsync("rollout", "resume", "radiology-v1", "--json")).Expect(0).Out, StringComparison.Ordinal);

        // Named, so that a request that is sent again goes no further.
        Assert.Equal(35, service.Body<ChangeRolloutRequest>($"POST {one}/advance").Percentage);
        Assert.Equal(50, service.Body<ChangeRolloutRequest>($"POST {one}/update-percentage").Percentage);
        Assert.Equal("a look first", service.Body<ChangeRolloutRequest>($"POST {one}/pause").Reason);
    }

    [Fact]
    public async Task Rollout_WhereNothingIsOpen_SaysHowToBegin()
    {
        await using var service = await FakeService.StartAsync();
        service.On($"GET {All}/active", Array.Empty<RolloutResponse>()).On($"GET {All}", Array.Empty<RolloutResponse>());
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("rollout", "advance", "radiology-v1")).Expect(1);

        Assert.Contains("hint:", ended.Error, StringComparison.Ordinal);
        Assert.Contains("octomil deploy", ended.Error, StringComparison.Ordinal);
        (await octomil.RunAsync("rollout", "status", "radiology-v1")).Expect(1);
    }

    [Fact]
    public async Task Status_ShowsHealthAndFailures()
    {
        await using var service = await FakeService.StartAsync();
        var sick = _rollout with
        {
            Progress = new RolloutProgress { Active = 12, Failed = 2, Devices = 124, FailureReason = "the checksum differs" },
            Health = new VersionHealth { Inferences = 1200, ErrorRate = 0.025, CrashRate = 0, LatencyP95Ms = 20 },
        };
        service.On($"GET {All}", new[] { sick }).On($"GET {All}/{sick.Id}", sick);
        using var octomil = CommandLine.For(service);

        var lines = (await octomil.RunAsync("rollout", "status", "radiology-v1")).Expect(0).Lines;

        Assert.Contains("Failed on 2 devices (the checksum differs)", lines);
        Assert.Contains("Health: 1200 inferences, errors 2.5%, crashes 0%, p95 20 ms", lines);
    }

    [Fact]
    public async Task Watch_OfARolloutBesideAnExperiment_DoesNotWaitForItsDevices()
    {
        await using var service = await FakeService.StartAsync();
        var rollout = _rollout with { Status = RolloutStatuses.Completed, RolloutPercentage = 100, Experiment = "headline" };
        service.On($"GET {All}", new[] { rollout }).On($"GET {All}/{rollout.Id}", rollout);
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("rollout", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Contains("Experiment: headline holds some of the devices until it ends", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_EndsWithTheRollout_AndJsonSaysWhichLineIsTheLast()
    {
        await using var service = await FakeService.StartAsync();
        var done = _rollout with { Status = RolloutStatuses.Completed, RolloutPercentage = 100, Progress = new RolloutProgress { Active = 123, Failed = 1, Devices = 124 } };
        var asked = 0;
        service.On($"GET {All}", new[] { _rollout })
            .On($"GET {All}/{_rollout.Id}", context => FakeService.WriteJsonAsync(context, asked++ < 2 ? _rollout : done));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        var ended = (await octomil.RunAsync("rollout", "status", "radiology-v1", "--watch", "--json")).Expect(0);

        Assert.Equal(2, ended.Lines.Length);
        Assert.DoesNotContain("terminal", ended.Lines[0], StringComparison.Ordinal);
        Assert.Contains("\"terminal\":true", ended.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollback_NamesTheVersion_AndARefusalIsSaid()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /models/radiology-v1/rollback", _rollout with { Version = "1.0.0", Status = RolloutStatuses.Completed, RolloutPercentage = 100, IsRollback = true, PreviousVersion = null })
            .Refuse("POST /models/other/rollback", 409, ErrorCodes.NothingToRollBackTo, "No version was deployed before.");
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("rollback", "radiology-v1", "--to-version", "1.0.0")).Expect(0);
        Assert.StartsWith("Rollback: radiology-v1 1.0.0 (rol_", ended.Out, StringComparison.Ordinal);
        Assert.Equal("1.0.0", service.Body<RollbackRequest>("POST /models/radiology-v1/rollback").ToVersion);
        Assert.Contains("No version was deployed before.", (await octomil.RunAsync("rollback", "other")).Expect(1).Error, StringComparison.Ordinal);
    }
}
