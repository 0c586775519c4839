using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Octomil.Client.Connections;
using Octomil.Client.Tests.Fakes;
using Octomil.Client.Tests.Training;
using Octomil.Client.Versions;
using Octomil.Deployments;
using Xunit;

namespace Octomil.Client.Tests.Versions;

public sealed class InferenceTelemetryTests : IDisposable
{
    private const string ModelId = "mdl_00000001";

    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Send_OfABatchThatMayBeLost_SendsItAgainUnderItsName()
    {
        await using var bench = await Bench.StartAsync();
        var settings = new ClientSettings(bench.Clock, () => 0.5, NullLogger.Instance, null);
        var device = new DeviceRegistration(bench.Client.Api, "hospital-001", new FederatedClientOptions(), settings);
        await device.RegisterAsync(1, TestContext.Current.CancellationToken);
        using var telemetry = new InferenceTelemetry();
        var sender = new TelemetrySender(bench.Client.Api, device, telemetry, settings);
        var answers = 0;
        bench.Service.OnTelemetry = () => answers++ == 0 ? Results.Problem(statusCode: 503) : null;
        telemetry.Record(ModelId, "2.0.0", TimeSpan.FromMilliseconds(3));
        telemetry.Record(ModelId, "2.0.0", TimeSpan.FromMilliseconds(30_000));
        telemetry.Record(ModelId, "2.0.0", TimeSpan.Zero, InferenceOutcome.Error);
        telemetry.Record(ModelId, "2.0.0", TimeSpan.Zero, InferenceOutcome.Crash);

        await sender.SendAsync(TestContext.Current.CancellationToken);
        var lost = await BatchAsync(bench);
        telemetry.Record(ModelId, "3.0.0", TimeSpan.FromMilliseconds(1));
        await sender.SendAsync(TestContext.Current.CancellationToken);
        var again = await BatchAsync(bench);
        var next = await BatchAsync(bench);
        await sender.SendAsync(TestContext.Current.CancellationToken);

        Assert.Equal(lost.BatchId, again.BatchId);
        Assert.NotEqual(lost.BatchId, next.BatchId);
        var report = Assert.Single(again.Reports);
        Assert.Equal(("2.0.0", 4L, 1L, 1L), (report.Version, report.Inferences, report.Errors, report.Crashes));
        Assert.Equal([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], report.LatencyMs!);
        Assert.Equal((30_003.0, 0L, (double?)null), (report.LatencyTotalMs, report.AccuracyCount, report.Accuracy));
        Assert.Equal(("3.0.0", 1L), (next.Reports[0].Version, next.Reports[0].Inferences));
        Assert.Equal(3, answers);
    }

    [Fact]
    public async Task Send_OfWhatIsTakenInPart_LogsWhyTheRestIsNot_AndSendsNothingAgain()
    {
        await using var bench = await Bench.StartAsync();
        var settings = new ClientSettings(bench.Clock, () => 0.5, new JournalLogs(bench.Log), null);
        var device = new DeviceRegistration(bench.Client.Api, "hospital-001", new FederatedClientOptions(), settings);
        await device.RegisterAsync(1, TestContext.Current.CancellationToken);
        using var telemetry = new InferenceTelemetry();
        var sender = new TelemetrySender(bench.Client.Api, device, telemetry, settings);
        var answers = 0;
        bench.Service.OnTelemetry = () =>
        {
            answers++;
            return Results.Ok(new TelemetryReceipt { Accepted = 1, Refused = ["There is no version '9.0.0'."] });
        };
        telemetry.Record(ModelId, "2.0.0", TimeSpan.FromMilliseconds(3));

        await sender.SendAsync(TestContext.Current.CancellationToken);
        await sender.SendAsync(TestContext.Current.CancellationToken);

        Assert.Contains("There is no version '9.0.0'.", await bench.LineAsync("was not taken"), StringComparison.Ordinal);
        Assert.Equal(1, answers);
    }

    [Fact]
    public async Task Crash_OfAProcessThatDied_IsToldOnceUnderItsName_AlsoIfTheAnswerIsLost()
    {
        // What a process that dies leaves is a file that nobody holds.
        var died = new CrashMarkers(_folder.Path).TryBegin(ModelId, "2.0.0")!;
        died.Dispose();
        await using var bench = await Bench.StartAsync(configure: options => options.VersionFolder = _folder.Path);
        var answers = 0;
        bench.Service.OnTelemetry = () => answers++ == 0 ? Results.Problem(statusCode: 503) : null;
        await bench.RunAsync();
        var told = bench.LineAsync("Version 2.0.0 of mdl_00000001 was in use when this program died last time");

        // A call may take as long as the pause between two, and either is let pass.
        while (await Task.WhenAny(told, bench.Clock.WaitedForAsync(TimeSpan.FromSeconds(30))) != told)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(30));
        }

        await told;
        var (lost, again) = (await BatchAsync(bench), await BatchAsync(bench));

        Assert.Equal($"crash-{died.Name}", lost.BatchId);
        Assert.Equal(lost.BatchId, again.BatchId);
        var report = Assert.Single(again.Reports);
        Assert.Equal((ModelId, "2.0.0", 1L, 1L), (report.ModelId, report.Version, report.Inferences, report.Crashes));
        Assert.Empty(Marks());
    }

    [Fact]
    public async Task Process_ThatLivesOrEndedInOrder_HasNotCrashed()
    {
        var markers = new CrashMarkers(_folder.Path);
        using var other = new InferenceTelemetry(markers);
        await using (var bench = await Bench.StartAsync(configure: options => options.VersionFolder = _folder.Path))
        {
            other.Serve(ModelId, "1.0.0");
            bench.Client.Telemetry.Serve(ModelId, "1.0.0");
            bench.Client.Telemetry.Record(ModelId, "2.0.0", TimeSpan.Zero);
            Assert.Equal(2, Marks().Count);
            Assert.Empty(markers.TakeLeft(10));
        }

        Assert.Single(Marks());
        other.Leave(ModelId);
        Assert.Empty(Marks());
    }

    [Fact]
    public void File_ThatIsNoMarker_IsLeftAlone()
    {
        Directory.CreateDirectory(_folder["serving"]);
        _folder.Write("serving/1.json", "");
        _folder.Write("serving/2.json", "{\"version\":");

        Assert.Empty(new CrashMarkers(_folder.Path).TakeLeft(10));
        Assert.Equal(2, Marks().Count);
    }

    [Fact]
    public void Record_OfMoreVersionsThanAProgramHas_IsBounded()
    {
        using var telemetry = new InferenceTelemetry();
        for (var number = 0; number < 2000; number++)
        {
            telemetry.Record(ModelId, $"{number}.0.0", TimeSpan.Zero);
        }

        var reports = 0;
        while (telemetry.TakeBatch("b") is { } batch)
        {
            reports += batch.Reports.Count;
        }

        Assert.Equal(256, reports);
    }

    [Fact]
    public void Outcomes_AndEvaluations_AreOneMeanOverTheirAnswers()
    {
        using var telemetry = new InferenceTelemetry();
        telemetry.RecordOutcome(ModelId, "2.0.0", correct: true);
        telemetry.RecordOutcome(ModelId, "2.0.0", correct: false, loss: 3);
        telemetry.RecordEvaluation(ModelId, "2.0.0", 8, accuracy: 0.75, loss: 0.5);
        telemetry.RecordEvaluation(ModelId, "3.0.0", 10, accuracy: null, loss: 2);

        var reports = telemetry.TakeBatch("batch")!.Reports;

        Assert.Equal((0L, 10L, 0.7, 9L, 7.0 / 9), (reports[0].Inferences, reports[0].AccuracyCount, reports[0].Accuracy, reports[0].LossCount, reports[0].Loss));
        Assert.Equal((0L, (double?)null, 10L, 2.0), (reports[1].AccuracyCount, reports[1].Accuracy, reports[1].LossCount, reports[1].Loss));
        Assert.Null(telemetry.TakeBatch("next"));
    }

    [Theory]
    [InlineData(0, 0.5, 0.5)]
    [InlineData(100_001, 0.5, 0.5)]
    [InlineData(1, double.NaN, 0.5)]
    [InlineData(1, 1.01, 0.5)]
    [InlineData(1, 0.5, -0.1)]
    [InlineData(1, 0.5, double.PositiveInfinity)]
    public void Evaluation_OfNonsense_IsRefusedAtOnce(int count, double accuracy, double loss)
    {
        using var telemetry = new InferenceTelemetry();

        Assert.Throws<ArgumentOutOfRangeException>(() => telemetry.RecordEvaluation(ModelId, "2.0.0", count, accuracy, loss));
        Assert.Null(telemetry.TakeBatch("batch"));
    }

    [Fact]
    public async Task Run_SendsItWithHeartbeats()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();
        bench.Client.Telemetry.Record(ModelId, "2.0.0", TimeSpan.FromMilliseconds(3));

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("2.0.0", (await BatchAsync(bench)).Reports[0].Version);
    }

    public void Dispose() => _folder.Dispose();

    private List<string> Marks() => Directory.Exists(_folder["serving"]) ? [.. Directory.EnumerateFiles(_folder["serving"])] : [];

    private static async Task<TelemetryRequest> BatchAsync(Bench bench) => JsonSerializer.Deserialize<TelemetryRequest>(
        (await bench.Service.CallAsync("POST /api/v1/devices/dev_0000000000000001/telemetry")).Body, ContractJson.Options)!;
}
