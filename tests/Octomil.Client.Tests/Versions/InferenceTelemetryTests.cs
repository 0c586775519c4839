using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Octomil.Client.Connections;
using Octomil.Client.Tests.Fakes;
using Octomil.Client.Versions;
using Octomil.Deployments;
using Xunit;

namespace Octomil.Client.Tests.Versions;

public sealed class InferenceTelemetryTests
{
    private const string ModelId = "mdl_00000001";

    [Fact]
    public async Task Send_OfABatchThatMayBeLost_SendsItAgainUnderItsName()
    {
        await using var bench = await Bench.StartAsync();
        var settings = new ClientSettings(bench.Clock, () => 0.5, NullLogger.Instance, null);
        var device = new DeviceRegistration(bench.Client.Api, "hospital-001", new FederatedClientOptions(), settings);
        await device.RegisterAsync(1, TestContext.Current.CancellationToken);
        var telemetry = new InferenceTelemetry();
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
        Assert.Equal(("3.0.0", 1L), (next.Reports[0].Version, next.Reports[0].Inferences));
        Assert.Equal(3, answers);
    }

    [Fact]
    public async Task Run_SendsItWithHeartbeats()
    {
        await using var bench = await Bench.StartAsync();
        bench.Client.Telemetry.Record(ModelId, "2.0.0", TimeSpan.FromMilliseconds(3));
        await bench.RunAsync();

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("2.0.0", (await BatchAsync(bench)).Reports[0].Version);
    }

    private static async Task<TelemetryRequest> BatchAsync(Bench bench) => JsonSerializer.Deserialize<TelemetryRequest>(
        (await bench.Service.CallAsync("POST /api/v1/devices/dev_0000000000000001/telemetry")).Body, ContractJson.Options)!;
}
