namespace Octomil.Storage;

/// <summary>What both databases say alike of the devices of experiments.</summary>
internal static class ExperimentStatements
{
    public const string Columns =
        "ExperimentId, DeviceId, Variant, Inferences, Failures, LatencyCount, LatencyTotal, AccuracyCount, AccuracyTotal, LossCount, LossTotal";

    // The variant stays the first: a device has one.
    public const string OnConflict = """
        ON CONFLICT (ExperimentId, DeviceId) DO UPDATE SET
            Inferences = ExperimentDevices.Inferences + EXCLUDED.Inferences, Failures = ExperimentDevices.Failures + EXCLUDED.Failures,
            LatencyCount = ExperimentDevices.LatencyCount + EXCLUDED.LatencyCount, LatencyTotal = ExperimentDevices.LatencyTotal + EXCLUDED.LatencyTotal,
            AccuracyCount = ExperimentDevices.AccuracyCount + EXCLUDED.AccuracyCount, AccuracyTotal = ExperimentDevices.AccuracyTotal + EXCLUDED.AccuracyTotal,
            LossCount = ExperimentDevices.LossCount + EXCLUDED.LossCount, LossTotal = ExperimentDevices.LossTotal + EXCLUDED.LossTotal
        """;

    public const string Delete = "DELETE FROM ExperimentDevices WHERE ExperimentId = @ExperimentId";

    /// <summary>
    /// Each device's means; of those, by variant, the mean and then the squares of the differences from it. In two steps, because the
    /// difference of sums of squares loses all digits where the values are large and alike.
    /// </summary>
    public const string Sum = """
        WITH Means AS (
            SELECT Variant,
                AccuracyTotal / NULLIF(AccuracyCount, 0) AS Accuracy, LossTotal / NULLIF(LossCount, 0) AS Loss,
                LatencyTotal / NULLIF(LatencyCount, 0) AS Latency, CAST(Failures AS double precision) / NULLIF(Inferences, 0) AS Errors
            FROM ExperimentDevices WHERE ExperimentId = @ExperimentId),
        Centers AS (
            SELECT Variant, AVG(Accuracy) AS Accuracy, AVG(Loss) AS Loss, AVG(Latency) AS Latency, AVG(Errors) AS Errors FROM Means GROUP BY Variant)
        SELECT m.Variant, COUNT(*) AS Devices,
            COUNT(m.Accuracy) AS AccuracyDevices, MIN(c.Accuracy) AS AccuracyMean, SUM((m.Accuracy - c.Accuracy) * (m.Accuracy - c.Accuracy)) AS AccuracyM2,
            COUNT(m.Loss) AS LossDevices, MIN(c.Loss) AS LossMean, SUM((m.Loss - c.Loss) * (m.Loss - c.Loss)) AS LossM2,
            COUNT(m.Latency) AS LatencyDevices, MIN(c.Latency) AS LatencyMean, SUM((m.Latency - c.Latency) * (m.Latency - c.Latency)) AS LatencyM2,
            COUNT(m.Errors) AS ErrorDevices, MIN(c.Errors) AS ErrorMean, SUM((m.Errors - c.Errors) * (m.Errors - c.Errors)) AS ErrorM2
        FROM Means m JOIN Centers c ON c.Variant = m.Variant GROUP BY m.Variant
        """;
}
