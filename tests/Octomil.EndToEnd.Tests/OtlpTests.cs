using System.Net;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>Metrics, traces and logs as they arrive at a collector.</summary>
public sealed class OtlpTests
{
    private const string Logs = "/v1/logs";
    private const string Metrics = "/v1/metrics";
    private const string Traces = "/v1/traces";

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithACollectorConfigured_SendsItThereAndNothingSecret()
    {
        using var collector = new OtlpReceiver();
        await using var server = new ServerProcess(
            null,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
            ("OTEL_BSP_SCHEDULE_DELAY", "500"));
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, 2, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", 1), ("min_devices", 2), ("min_updates", 2));
        var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(1, Cancellation))))[0];

        foreach (var device in devices)
        {
            Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, 1, Cancellation)).Status);
        }

        await tenant.CompletedAsync(Cancellation);

        await server.UntilAsync(() => Task.FromResult(collector.TextOf(Logs).Contains("is sealed", StringComparison.Ordinal)), "a log at the collector", Cancellation);

        foreach (var name in (string[])["octomil.rounds.updates", "octomil.rounds.sealing.duration", "octomil.devices.connected", "octomil.payloads.stored", "http.server.request.duration"])
        {
            await server.UntilAsync(() => Task.FromResult(collector.TextOf(Metrics).Contains(name, StringComparison.Ordinal)), $"{name} at the collector", Cancellation);
        }

        // The trace names the round, and the route in place of the path, which would name a device.
        foreach (var text in (string[])["seal round", roundId, "rounds/{round}/updates/{device}"])
        {
            await server.UntilAsync(() => Task.FromResult(collector.TextOf(Traces).Contains(text, StringComparison.Ordinal)), $"{text} in a trace at the collector", Cancellation);
        }

        Assert.All(collector.Kinds, kind => Assert.Equal("application/x-protobuf", kind.ContentType));
        Assert.Equal([Logs, Metrics, Traces], collector.Kinds.Select(kind => kind.Path).Order(StringComparer.Ordinal));

        // Traces name the grains that were called, so devices too; a metric with a device as a tag would be one for each device.
        Assert.All(devices, device => Assert.DoesNotContain(device.Id, collector.TextOf(Metrics), StringComparison.Ordinal));

        foreach (var secret in (string[])[tenant.Key, ServerProcess.Key])
        {
            Assert.DoesNotContain(secret, collector.TextOf(Metrics), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, collector.TextOf(Traces), StringComparison.Ordinal);
        }

        // What is logged goes there as well; it may name devices, and no key.
        Assert.Contains(roundId, collector.TextOf(Logs), StringComparison.Ordinal);
        Assert.DoesNotContain(tenant.Key, collector.TextOf(Logs), StringComparison.Ordinal);
        Assert.DoesNotContain(ServerProcess.Key, collector.TextOf(Logs), StringComparison.Ordinal);
    }
}
