namespace Octomil.Deployments;

/// <summary>What of a device's counts cannot be.</summary>
internal static class TelemetryChecks
{
    private const int MostBatchId = 64;

    public static FieldChecks Check(TelemetryRequest request)
    {
        var checks = new FieldChecks()
            .Require(request.BatchId is null or { Length: > 0 and <= MostBatchId }, "batch_id", $"must be 1 to {MostBatchId} characters, or missing")
            .Require(request.Reports.Count is > 0 and <= TelemetryRequest.MostReports, "reports", $"must be 1 to {TelemetryRequest.MostReports} reports");
        for (var index = 0; index < Math.Min(request.Reports.Count, TelemetryRequest.MostReports); index++)
        {
            Check(checks, $"reports[{index}]", request.Reports[index]);
        }

        return checks;
    }

    private static void Check(FieldChecks checks, string field, VersionTelemetryMessage report) => checks
        .Range($"{field}.inferences", report.Inferences, 0, VersionTelemetryMessage.MostInferences)
        .Range($"{field}.errors", report.Errors, 0, VersionTelemetryMessage.MostInferences)
        .Range($"{field}.crashes", report.Crashes, 0, VersionTelemetryMessage.MostInferences)
        .Require(report.Errors + report.Crashes <= report.Inferences, $"{field}.inferences", "must count every inference that was begun, so at least errors and crashes together")
        .Require(
            report.LatencyMs is null || (report.LatencyMs.Count == VersionCounts.LatencyBuckets && report.LatencyMs.All(count => count >= 0)
                && report.LatencyMs.Sum(count => (decimal)count) <= report.Inferences),
            $"{field}.latency_ms", $"must be {VersionCounts.LatencyBuckets} counts that are not negative, together at most inferences");
}
