using System.Globalization;

namespace Octomil.Deployments;

/// <summary>When a version goes back by itself.</summary>
internal sealed record RollbackPolicy
{
    public bool Enabled { get; init; } = true;

    /// <summary>Share of inferences that end in an error, above which a version is bad; null: not watched.</summary>
    public double? ErrorThreshold { get; init; }

    /// <summary>The same for crashes.</summary>
    public double? CrashThreshold { get; init; }

    /// <summary>Milliseconds above which the 95th percentile of the latency is bad; null: not watched.</summary>
    public double? LatencyP95Milliseconds { get; init; }

    /// <summary>With fewer inferences nothing is judged.</summary>
    public required int MinimumSample { get; init; }

    /// <summary>What was reported longer ago does not count.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>After a rollback none happens by itself for so long.</summary>
    public required TimeSpan Cooldown { get; init; }

    /// <summary>
    /// Why the version is bad; null: nothing says so. A rate is over its threshold only where its one-sided 99.9 % lower bound
    /// (<see cref="WilsonBound"/>) is: the counts are looked at again and again, and a false alarm costs a good version.
    /// </summary>
    /// <remarks>The 95th percentile is above L exactly where more than 5 % are slower than L: the same test, of that share.</remarks>
    public string? Judge(VersionCounts counts)
    {
        if (!Enabled || counts.Inferences < MinimumSample)
        {
            return null;
        }

        if (ErrorThreshold is { } errors && WilsonBound.Lower(counts.Errors, counts.Inferences) > errors)
        {
            return Text("error", counts.Errors, counts.Inferences, errors);
        }

        if (CrashThreshold is { } crashes && WilsonBound.Lower(counts.Crashes, counts.Inferences) > crashes)
        {
            return Text("crash", counts.Crashes, counts.Inferences, crashes);
        }

        if (LatencyP95Milliseconds is { } limit && counts.SlowerThan(limit) is var (measured, slower)
            && measured >= MinimumSample && WilsonBound.Lower(slower, measured) > 0.05)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"the 95th percentile of the latency is above {limit:0.##} ms: {slower} of {measured} inferences were slower");
        }

        return null;
    }

    private static string Text(string what, long bad, long of, double threshold) => string.Create(
        CultureInfo.InvariantCulture, $"the {what} rate {100.0 * bad / of:0.##} % ({bad} of {of} inferences) is above {100 * threshold:0.##} %");
}

/// <summary>The lower bound of the score interval for a share.</summary>
/// <remarks>
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927), p. 209-212:
/// with p = k/n, (p + z²/2n - z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
/// </remarks>
internal static class WilsonBound
{
    /// <summary>The standard normal quantile of 0.999.</summary>
    public const double Z = 3.0902323061678132;

    /// <summary>The share that the true one is above with 99.9 % confidence; 0 of nothing.</summary>
    public static double Lower(long hits, long count)
    {
        if (count <= 0)
        {
            return 0;
        }

        var (n, p) = ((double)count, (double)hits / count);
        var squared = Z * Z;
        var lower = (p + (squared / (2 * n)) - (Z * Math.Sqrt((p * (1 - p) / n) + (squared / (4 * n * n))))) / (1 + (squared / n));
        return Math.Clamp(lower, 0, 1);
    }
}
