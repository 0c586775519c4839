using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>
/// Keeps statistics from giving rows away: the mean of one row is the row. Whatever the trainer counted, nothing of fewer than 10
/// values leaves the device.
/// </summary>
internal static class StatisticsGuard
{
    internal const int FewestRows = 10;

    /// <summary>The report; a feature of too few values is sent as one without values.</summary>
    /// <exception cref="NotSupportedException">There are too few rows altogether.</exception>
    public static StatisticsReport Protect(StatisticsReport report) => report.Rows < FewestRows
        ? throw new NotSupportedException($"statistics of fewer than {FewestRows} rows would say too much about each.")
        : report with { Features = report.Features.ToDictionary(feature => feature.Key, feature => Protect(feature.Value), StringComparer.Ordinal) };

    private static FeatureStatisticsMessage Protect(FeatureStatisticsMessage feature) =>
        feature.Count < FewestRows ? new FeatureStatisticsMessage { Count = 0, Mean = 0, M2 = 0 } : feature;
}
