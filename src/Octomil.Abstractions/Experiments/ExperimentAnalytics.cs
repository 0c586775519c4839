using System.Collections.Immutable;

namespace Octomil.Experiments;

/// <summary>What an experiment says so far.</summary>
public enum ExperimentVerdict
{
    None = 0,

    /// <summary>An arm has heard from too few devices.</summary>
    TooFewDevices = 1,

    /// <summary>No difference is shown; that there is none is not shown either.</summary>
    NotSignificant = 2,
    TreatmentBetter = 3,
    ControlBetter = 4,
}

/// <summary>Results of an experiment, for one look among any number of looks.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-analytics")]
public sealed record ExperimentAnalytics
{
    [Id(0)] public required ExperimentSnapshot Experiment { get; init; }

    /// <summary>The control first.</summary>
    [Id(1)] public required ImmutableArray<VariantObservations> Variants { get; init; }
    [Id(2)] public required ExperimentVerdict Verdict { get; init; }

    /// <summary>Treatment minus control in the primary metric; null: too few devices.</summary>
    [Id(3)] public ComparedMetric? Comparison { get; init; }

    /// <summary>The arms have heard from numbers of devices that their split does not explain: one loses devices, and the comparison is not to be trusted.</summary>
    [Id(4)] public bool SplitIsOff { get; init; }
}

/// <summary>A difference, with an interval and a p-value that hold at all looks together.</summary>
[GenerateSerializer, Immutable, Alias("octomil.compared-metric")]
public sealed record ComparedMetric
{
    [Id(0)] public required double Difference { get; init; }
    [Id(1)] public required double Low { get; init; }
    [Id(2)] public required double High { get; init; }
    [Id(3)] public required double PValue { get; init; }
}

/// <summary>Over the devices of one arm: each weighs one, with the mean of what it measured.</summary>
[GenerateSerializer, Immutable, Alias("octomil.variant-observations")]
public sealed record VariantObservations
{
    [Id(0)] public required string Variant { get; init; }

    /// <summary>Devices that were heard from, whatever they measured.</summary>
    [Id(1)] public long Devices { get; init; }
    [Id(2)] public MetricMoments Accuracy { get; init; } = MetricMoments.None;
    [Id(3)] public MetricMoments Loss { get; init; } = MetricMoments.None;

    /// <summary>Milliseconds.</summary>
    [Id(4)] public MetricMoments Latency { get; init; } = MetricMoments.None;
    [Id(5)] public MetricMoments ErrorRate { get; init; } = MetricMoments.None;

    public MetricMoments Of(ExperimentMetric metric) => metric switch
    {
        ExperimentMetric.Accuracy => Accuracy,
        ExperimentMetric.Loss => Loss,
        ExperimentMetric.Latency => Latency,
        ExperimentMetric.ErrorRate => ErrorRate,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "No such metric."),
    };
}

/// <summary>Devices that measured a metric, the mean of their means, and the sum of squared differences from it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.metric-moments")]
public sealed record MetricMoments
{
    public static readonly MetricMoments None = new();

    [Id(0)] public long Devices { get; init; }
    [Id(1)] public double Mean { get; init; }
    [Id(2)] public double M2 { get; init; }
}
