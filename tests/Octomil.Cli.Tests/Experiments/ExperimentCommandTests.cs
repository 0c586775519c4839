namespace Octomil.Experiments;

public sealed class ExperimentCommandTests
{
    private static readonly ExperimentResponse _experiment = new()
    {
        Id = "exp_0123456789abcdef",
        Name = "headline",
        ModelId = "mdl_1a2b3c4d",
        Model = "radiology-v1",
        Status = ExperimentStatuses.Running,
        TrafficPercentage = 100,
        MinSampleSize = 100,
        ConfidenceLevel = 0.95,
        PrimaryMetric = ExperimentMetrics.Accuracy,
        ExpectedEffect = 0.05,
        Variants =
        [
            new ExperimentVariantMessage { Name = "control", ModelVersion = "1.0.0", TrafficAllocation = 50, IsControl = true },
            new ExperimentVariantMessage { Name = "treatment", ModelVersion = "2.0.0", TrafficAllocation = 50 },
        ],
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private static readonly ExperimentAnalyticsResponse _early = new()
    {
        ExperimentId = _experiment.Id,
        Name = "headline",
        Status = ExperimentStatuses.Running,
        PrimaryMetric = ExperimentMetrics.Accuracy,
        ConfidenceLevel = 0.95,
        MinSampleSize = 100,
        Variants =
        [
            new VariantAnalytics { Name = "control", ModelVersion = "1.0.0", IsControl = true, Devices = 12, SampleSize = 9, Accuracy = 0.8123 },
            new VariantAnalytics { Name = "treatment", ModelVersion = "2.0.0", IsControl = false, Devices = 0, SampleSize = 0 },
        ],
        Significant = false,
        Verdict = "Too early to say: treatment has accuracy of 0 of the 100 devices that it needs.",
    };

    private static readonly ExperimentAnalyticsResponse _decided = _early with
    {
        Variants =
        [
            new VariantAnalytics { Name = "control", ModelVersion = "1.0.0", IsControl = true, Devices = 120, SampleSize = 118, Accuracy = 0.8, Loss = 0.5, LatencyMs = 12.25, ErrorRate = 0.001 },
            new VariantAnalytics { Name = "treatment", ModelVersion = "2.0.0", IsControl = false, Devices = 122, SampleSize = 121, Accuracy = 0.9, Loss = 0.25, LatencyMs = 11, ErrorRate = 0 },
        ],
        Difference = 0.1,
        DifferenceLow = 0.02,
        DifferenceHigh = 0.18,
        PValue = 0.0004,
        Significant = true,
        Winner = "treatment",
        Verdict = "treatment (2.0.0) is better.",
        Warning = "The arms differ.",
    };

    [Theory]
    [InlineData("50", 50)]
    [InlineData("10%", 10)]
    public async Task Create_AsInThePicture_MakesAndStartsIt(string split, double treatment)
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /experiments", _experiment with { Status = ExperimentStatuses.Draft }).On($"POST /experiments/{_experiment.Id}/start", _experiment);
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync(
            "experiment", "create", "headline", "--model", "radiology-v1", "--control", "1.0.0", "--treatment", "2.0.0", "--traffic-split", split)).Expect(0);

        Assert.Equal(
            """
            Experiment: headline over radiology-v1 (exp_0123456789abcdef)
            Status: running    Traffic: 100% of your devices
              control: 1.0.0 on 50% of them
              treatment: 2.0.0 on 50% of them
            Decides by: accuracy, at 95% confidence, from 100 devices an arm

            """,
            ended.Out);
        Assert.Contains("octomil experiment results headline --watch", ended.Error, StringComparison.Ordinal);
        var request = service.Body<CreateExperimentRequest>("POST /experiments");
        Assert.Equal(("headline", "radiology-v1"), (request.Name, request.ModelId));
        Assert.Equal([("1.0.0", 100 - treatment, true), ("2.0.0", treatment, false)], request.Variants.Select(variant => (variant.ModelVersion, variant.TrafficAllocation, variant.IsControl)));
    }

    [Fact]
    public async Task Create_WithEveryOption_SendsThem_AndNoStartStartsNothing()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /experiments", _experiment with { Status = ExperimentStatuses.Draft });
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync(
            "experiment", "create", "headline", "--model", "radiology-v1", "--control", "1.0.0", "--treatment", "2.0.0", "--group", "beta", "--traffic", "20%",
            "--metric", "error_rate", "--confidence", "99%", "--min-samples", "50", "--effect", "0.01", "--no-start")).Expect(0);

        var request = service.Body<CreateExperimentRequest>("POST /experiments");
        Assert.Equal(
            ("beta", 20.0, "error_rate", 0.99, 50, 0.01),
            (request.Group, request.TrafficPercentage, request.PrimaryMetric, request.ConfidenceLevel, request.MinSampleSize, request.ExpectedEffect));
        Assert.Contains("octomil experiment start headline", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--traffic-split", "0")]
    [InlineData("--traffic-split", "100%")]
    [InlineData("--traffic-split", "half")]
    [InlineData("--metric", "happiness")]
    [InlineData("--confidence", "0.95")]
    [InlineData("--min-samples", "3")]
    [InlineData("--effect", "0")]
    [InlineData("--treatment", "two")]
    public async Task Nonsense_IsWrongUsage(string option, string value)
    {
        using var octomil = CommandLine.For("http://127.0.0.1:9");
        string[] args = ["experiment", "create", "headline", "--model", "radiology-v1", "--control", "1.0.0", .. option is "--treatment" ? Array.Empty<string>() : ["--treatment", "2.0.0"], option, value];

        (await octomil.RunAsync(args)).Expect(4);
    }

    [Fact]
    public async Task Results_AreATableWithTheDifferenceAndTheVerdict()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /experiments/headline/analytics", _decided);
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            Experiment: headline    Status: running
            VARIANT    VERSION  DEVICES  SAMPLE  ACCURACY    LOSS  LATENCY  ERRORS
            control    1.0.0        120     118    0.8000  0.5000  12.3 ms   0.10%
            treatment  2.0.0        122     121    0.9000  0.2500  11.0 ms   0.00%
            Difference in accuracy: +0.1000 (95% interval +0.0200 to +0.1800), p = 0.0004, however often you look
            Verdict: treatment (2.0.0) is better.
            Warning: The arms differ.

            """,
            (await octomil.RunAsync("experiment", "results", "headline")).Expect(0).Out);
        Assert.StartsWith("{\"experiment_id\":\"exp_", (await octomil.RunAsync("experiment", "results", "headline", "--json")).Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_EndsOnceItIsDecided()
    {
        await using var service = await FakeService.StartAsync();
        var asked = 0;
        service.On("GET /experiments/headline/analytics", context => FakeService.WriteJsonAsync(context, asked++ < 2 ? _early : _decided));
        using var octomil = CommandLine.For(service);

        var lines = (await octomil.RunAsync("experiment", "results", "headline", "--watch", "--json")).Expect(0).Lines.Where(line => line.Length > 0).ToList();

        Assert.Equal(2, lines.Count);
        Assert.Contains("\"terminal\":true", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no_winner", "--variant")]
    [InlineData("experiment_over", "octomil deploy")]
    public async Task Promote_ThatIsRefused_HintsAtWhatCanBeDone(string code, string hint)
    {
        await using var service = await FakeService.StartAsync();
        service.Refuse("POST /experiments/headline/promote", 409, code, "It cannot be.");
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("experiment", "promote", "headline")).Expect(1);

        Assert.Contains("It cannot be.", ended.Error, StringComparison.Ordinal);
        Assert.Contains(hint, ended.Error[ended.Error.IndexOf("hint:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_SpeakToTheExperiment()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /experiments/headline/cancel", _experiment with { Status = ExperimentStatuses.Cancelled, Reason = "enough" })
            .On("POST /experiments/headline/pause", _experiment with { Status = ExperimentStatuses.Paused })
            .On("POST /experiments/headline/resume", _experiment)
            .On("POST /experiments/headline/promote", _experiment with { Status = ExperimentStatuses.Completed, Promoted = "control" })
            .On("GET /experiments/headline", _experiment with { Group = "beta" })
            .On("GET /experiments", new[] { _experiment });
        using var octomil = CommandLine.For(service);

        Assert.Contains("Reason: enough", (await octomil.RunAsync("experiment", "stop", "headline", "--reason", "enough")).Expect(0).Lines);
        Assert.Contains("Status: paused", (await octomil.RunAsync("experiment", "pause", "headline")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("Status: running", (await octomil.RunAsync("experiment", "resume", "headline")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("Promoted: control", (await octomil.RunAsync("experiment", "promote", "headline", "--variant", "control")).Expect(0).Lines);
        Assert.Contains("of the group beta", (await octomil.RunAsync("experiment", "show", "headline")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Equal(2, (await octomil.RunAsync("experiment", "list")).Expect(0).Lines.Count(line => line.Length > 0));
        Assert.Equal("enough", service.Body<ChangeExperimentRequest>("POST /experiments/headline/cancel").Reason);
        Assert.Equal("control", service.Body<PromoteExperimentRequest>("POST /experiments/headline/promote").Variant);
    }
}
