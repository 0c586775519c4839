using Octomil.Experiments;

namespace Octomil.Deployments;

/// <summary>What a device's batch counts for: the health of the versions, and the experiment that the device is in. A batch counts once.</summary>
internal sealed class CountedTelemetry(IVersionTelemetry versions, IExperimentTelemetry experiments, SeenBatches batches)
{
    /// <returns>How many reports were counted: none where the batch was before.</returns>
    public async Task<int> AddAsync(ReportingDevice device, TelemetryRequest request)
    {
        if (request.BatchId is { } batch && !batches.Add(device.DeviceId, batch))
        {
            return 0;
        }

        foreach (var report in request.Reports)
        {
            versions.Add(device.OrganizationId, report.ModelId, Counted(report));
            await experiments.AddAsync(device, report.ModelId, report.Version, Summed(report));
        }

        return request.Reports.Count;
    }

    private static CountedVersion Counted(VersionTelemetryMessage report) => new()
    {
        Version = report.Version,
        Counts = new VersionCounts
        {
            Inferences = report.Inferences,
            Errors = report.Errors,
            Crashes = report.Crashes,
            Latency = report.LatencyMs is null ? [] : [.. report.LatencyMs],
        },
    };

    private static DeviceSums Summed(VersionTelemetryMessage report) => new()
    {
        Inferences = report.Inferences,
        Failures = report.Errors + report.Crashes,
        LatencyCount = report.LatencyTotalMs is null ? 0 : report.LatencyMs!.Sum(),
        LatencyTotal = report.LatencyTotalMs ?? 0,
        AccuracyCount = report.AccuracyCount,
        AccuracyTotal = (report.Accuracy ?? 0) * report.AccuracyCount,
        LossCount = report.LossCount,
        LossTotal = (report.Loss ?? 0) * report.LossCount,
    };
}
