using System.Collections.Immutable;

namespace Octomil.Deployments;

/// <summary>Sums of what devices say of the inferences of one version. Counts only; never an input or an output.</summary>
[GenerateSerializer, Immutable, Alias("octomil.version-counts")]
public sealed record VersionCounts
{
    public static readonly VersionCounts None = new();

    /// <summary>Upper bounds of the latency buckets in milliseconds; one more bucket holds what is slower.</summary>
    public static readonly ImmutableArray<int> LatencyBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

    public static readonly int LatencyBuckets = LatencyBounds.Length + 1;

    /// <summary>Inferences that were begun, with those that failed.</summary>
    [Id(0)] public long Inferences { get; init; }

    /// <summary>Those of them that ended in an error.</summary>
    [Id(1)] public long Errors { get; init; }

    /// <summary>Those of them that took the program down.</summary>
    [Id(2)] public long Crashes { get; init; }

    /// <summary>How many took how long, by bucket; empty: nothing was measured.</summary>
    [Id(3)] public ImmutableArray<long> Latency { get; init; } = [];

    public VersionCounts Plus(VersionCounts other) => new()
    {
        Inferences = Inferences + other.Inferences,
        Errors = Errors + other.Errors,
        Crashes = Crashes + other.Crashes,
        Latency = Latency.IsDefaultOrEmpty ? other.Latency : other.Latency.IsDefaultOrEmpty ? Latency : [.. Latency.Zip(other.Latency, (a, b) => a + b)],
    };

    /// <summary>How many were measured, and how many of them surely took longer than so many milliseconds.</summary>
    public (long Measured, long Slower) SlowerThan(double milliseconds)
    {
        var (measured, slower) = (0L, 0L);

        for (var bucket = 0; bucket < Latency.Length; bucket++)
        {
            measured += Latency[bucket];

            // A bucket that the limit cuts through may hold faster ones: it counts as fast.
            slower += bucket > 0 && LatencyBounds[bucket - 1] >= milliseconds ? Latency[bucket] : 0;
        }

        return (measured, slower);
    }

    /// <summary>Upper bound of the bucket that holds the quantile, in milliseconds; null: nothing was measured, or it is in the last bucket.</summary>
    public int? LatencyQuantile(double quantile)
    {
        var left = Latency.Sum() * quantile;

        for (var bucket = 0; bucket < Latency.Length; bucket++)
        {
            left -= Latency[bucket];

            if (left <= 0 && Latency[bucket] > 0)
            {
                return bucket < LatencyBounds.Length ? LatencyBounds[bucket] : null;
            }
        }

        return null;
    }
}

/// <summary>Counts of one version.</summary>
[GenerateSerializer, Immutable, Alias("octomil.counted-version")]
public sealed record CountedVersion
{
    [Id(0)] public required string Version { get; init; }
    [Id(1)] public required VersionCounts Counts { get; init; }
}
