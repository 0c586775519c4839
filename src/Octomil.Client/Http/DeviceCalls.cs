using System.Net.Http.Headers;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Client.Http;

/// <summary>The calls of a device. All throw <see cref="OctomilException"/>.</summary>
public static class DeviceCalls
{
    // A slower line than this loses an upload at its time-out and starts it again.
    private const double SlowestBytesPerSecond = 32 * 1024;

    /// <summary>Registers the device, or updates what is known about it.</summary>
    public static Task<DeviceResponse> RegisterDeviceAsync(this OctomilApi api, RegisterDeviceRequest request, CancellationToken cancellationToken) =>
        api.SendAsync<DeviceResponse>(HttpMethod.Post, "devices/register", request, cancellationToken);

    /// <summary>Keeps the device among the recently seen ones.</summary>
    public static Task<HeartbeatResponse> SendHeartbeatAsync(this OctomilApi api, string deviceId, DeviceFacts facts, CancellationToken cancellationToken) =>
        api.SendAsync<HeartbeatResponse>(HttpMethod.Post, $"devices/{Escape(deviceId)}/heartbeat", facts, cancellationToken);

    /// <summary>Open rounds that selected the device and have not counted its answer.</summary>
    public static async Task<IReadOnlyList<RoundAssignmentMessage>> GetAssignmentsAsync(this OctomilApi api, string deviceId, CancellationToken cancellationToken) =>
        (await api.GetAsync<AssignmentList>($"training/rounds?device_id={Escape(deviceId)}&status=active", cancellationToken)).Rounds;

    /// <summary>The latest run over a model, by the model's name or id.</summary>
    public static Task<TrainingStatusResponse> GetTrainingStatusAsync(this OctomilApi api, string model, CancellationToken cancellationToken) =>
        api.GetAsync<TrainingStatusResponse>($"training/{Escape(model)}/status", cancellationToken);

    /// <summary>Sends an update; the same bytes may be sent again and count once.</summary>
    public static Task<UpdateReceipt> PutUpdateAsync(
        this OctomilApi api, string roundId, string deviceId, ReadOnlyMemory<byte> update, CancellationToken cancellationToken)
    {
        var content = new ReadOnlyMemoryContent(update) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream"), ContentLength = update.Length } };
        var timeout = TimeSpan.FromSeconds(60 + (update.Length / SlowestBytesPerSecond));
        return api.SendContentAsync<UpdateReceipt>(HttpMethod.Put, $"training/rounds/{Escape(roundId)}/updates/{Escape(deviceId)}", content, timeout, cancellationToken);
    }

    /// <summary>Sends the answer to a statistics round.</summary>
    public static Task<UpdateReceipt> PutStatisticsAsync(
        this OctomilApi api, string roundId, string deviceId, StatisticsReport report, CancellationToken cancellationToken) =>
        api.SendAsync<UpdateReceipt>(HttpMethod.Put, $"training/rounds/{Escape(roundId)}/statistics/{Escape(deviceId)}", report, cancellationToken);

    /// <summary>Sends the answer to an evaluation round.</summary>
    public static Task<UpdateReceipt> PutEvaluationAsync(
        this OctomilApi api, string roundId, string deviceId, EvaluationReport report, CancellationToken cancellationToken) =>
        api.SendAsync<UpdateReceipt>(HttpMethod.Put, $"training/rounds/{Escape(roundId)}/evaluation/{Escape(deviceId)}", report, cancellationToken);

    /// <summary>Says what became of a version that the device should run.</summary>
    public static Task<VersionReportReceipt> ReportVersionAsync(
        this OctomilApi api, string deviceId, VersionReportMessage report, CancellationToken cancellationToken) =>
        api.SendAsync<VersionReportReceipt>(HttpMethod.Post, $"devices/{Escape(deviceId)}/versions", report, cancellationToken);

    /// <summary>Sends a batch of what inferences counted; the same batch counts once.</summary>
    public static Task<TelemetryReceipt> SendTelemetryAsync(
        this OctomilApi api, string deviceId, TelemetryRequest batch, CancellationToken cancellationToken) =>
        api.SendAsync<TelemetryReceipt>(HttpMethod.Post, $"devices/{Escape(deviceId)}/telemetry", batch, cancellationToken);

    private static string Escape(string segment) => Uri.EscapeDataString(segment);
}
