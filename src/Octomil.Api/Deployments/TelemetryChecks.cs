namespace Octomil.Deployments;

/// <summary>What of a device's counts cannot be.</summary>
internal static class TelemetryChecks
{
    private const int MostBatchId = 64;

    public static FieldChecks Check(TelemetryRequest request)
    {
        var checks = new FieldChecks()
            .Require(request.BatchId is null or { Length: > 0 and <= MostBatchId }, "batch_id", $"must be 1 to {MostBatchId} characters, or missing")
            .Require(request.Reports.Count is > 0 and <= TelemetryRequest.MostReports && request.Reports.All(report => report is not null), "reports", $"must be 1 to {TelemetryRequest.MostReports} reports");
        for (var index = 0; checks.Refusal is null && index < request.Reports.Count; index++)
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
            $"{field}.latency_ms", $"must be {VersionCounts.LatencyBuckets} counts that are not negative, together at most inferences")
        .Require(
            report.LatencyTotalMs is null || (report.LatencyMs is not null && report.LatencyTotalMs >= 0 && report.LatencyTotalMs <= VersionTelemetryMessage.MostLatency * report.Inferences),
            $"{field}.latency_total_ms", "must be milliseconds that are not negative, of the inferences in latency_ms, at most an hour for each")
        .Mean($"{field}.accuracy", report.Accuracy, report.AccuracyCount, most: 1)
        .Mean($"{field}.loss", report.Loss, report.LossCount, VersionTelemetryMessage.MostLoss);

    // NaN is in no range.
    private static FieldChecks Mean(this FieldChecks checks, string field, double? mean, long count, double most) => checks
        .Range($"{field}_count", count, 0, VersionTelemetryMessage.MostInferences)
        .Require(mean is null || (mean >= 0 && mean <= most), field, $"must be from 0 to {most.ToString(System.Globalization.CultureInfo.InvariantCulture)}")
        .Require(mean is null == (count == 0), field, $"must be given together with {field.Split('.')[^1]}_count, how many values it is the mean of");
}
