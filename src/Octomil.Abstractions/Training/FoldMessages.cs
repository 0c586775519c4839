using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What a fold works with.</summary>
[GenerateSerializer, Immutable, Alias("octomil.fold-terms")]
public sealed record FoldTerms
{
    [Id(0)] public required RoundPlan Plan { get; init; }

    /// <summary>The round's key, in clear, for this silo's memory only; 32 bytes.</summary>
    [Id(1)] public required ImmutableArray<byte> Key { get; init; }

    /// <summary>Indices of the devices that are counted already.</summary>
    [Id(2)] public ImmutableArray<int> Counted { get; init; } = [];

    /// <summary>Organizations whose devices are refused.</summary>
    [Id(20)] public ImmutableSortedSet<string> Excluded { get; init; } = [];
}

/// <summary>A fold asks the round to count a batch.</summary>
[GenerateSerializer, Immutable, Alias("octomil.fold-registration")]
public sealed record FoldRegistration
{
    /// <summary>The fold: one life of one silo in one round.</summary>
    [Id(0)] public required string FoldId { get; init; }

    /// <summary>How many registrations of this fold come before.</summary>
    [Id(1)] public required long Sequence { get; init; }

    /// <summary>Indices of the devices of the batch.</summary>
    [Id(3)] public ImmutableArray<int> Devices { get; init; } = [];

    /// <summary>The buckets that the batch changed, with the batch in them. The others stay what the round has of them.</summary>
    [Id(10)] public ImmutableArray<BucketCheckpoint> Buckets { get; init; } = [];
}

/// <summary>The stored sums of one bucket of a fold or, for strategies that need every update, the list of the fold's stored updates.</summary>
[GenerateSerializer, Immutable, Alias("octomil.bucket-checkpoint")]
public sealed record BucketCheckpoint
{
    [Id(0)] public required int Bucket { get; init; }
    [Id(1)] public required CheckpointRef Checkpoint { get; init; }
}

/// <summary>How a registration was decided.</summary>
public enum RegisterDecision
{
    None = 0,

    /// <summary>Saved: the whole batch counts.</summary>
    Counted = 1,

    /// <summary>Nothing was saved: some devices of the batch count already (or may not count); take them out and register again.</summary>
    Refused = 2,

    /// <summary>The round has another checkpoint of this fold than the fold believes; reload it.</summary>
    Behind = 3,
    RoundNotOpen = 4,
}

/// <summary>The answer to a registration.</summary>
[GenerateSerializer, Immutable, Alias("octomil.register-result")]
public sealed record RegisterResult
{
    [Id(0)] public required RegisterDecision Decision { get; init; }

    /// <summary>With <see cref="RegisterDecision.Refused"/>: the devices that count already.</summary>
    [Id(1)] public ImmutableArray<int> CountedBefore { get; init; } = [];

    /// <summary>With <see cref="RegisterDecision.Refused"/>: the devices that are not of the cohort.</summary>
    [Id(2)] public ImmutableArray<int> NotSelected { get; init; } = [];

    /// <summary>With <see cref="RegisterDecision.Behind"/>: what the round has of this fold.</summary>
    [Id(3)] public long Sequence { get; init; }
    [Id(5)] public ImmutableArray<int> Counted { get; init; } = [];

    /// <summary>With <see cref="RegisterDecision.Refused"/>: the devices whose organizations are excluded.</summary>
    [Id(20)] public ImmutableArray<int> Excluded { get; init; } = [];

    /// <summary>With <see cref="RegisterDecision.Behind"/>: every bucket that the round has of this fold.</summary>
    [Id(10)] public ImmutableArray<BucketCheckpoint> Buckets { get; init; } = [];
}

/// <summary>What became of a round.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-outcome")]
public sealed record RoundOutcome
{
    [Id(0)] public required string RoundId { get; init; }

    /// <summary><see cref="RoundPhase.Sealed"/>, <see cref="RoundPhase.Published"/> or <see cref="RoundPhase.Abandoned"/>.</summary>
    [Id(1)] public required RoundPhase Phase { get; init; }
    [Id(2)] public string? Reason { get; init; }
    [Id(3)] public WeightsRef? Weights { get; init; }
    [Id(4)] public ImmutableArray<WeightsRef> OptimizerState { get; init; } = [];
    [Id(5)] public RoundTally? Tally { get; init; }
    [Id(6)] public DateTimeOffset ClosedAt { get; init; }

    /// <summary>After a statistics round: mean and deviation of every input column.</summary>
    [Id(7)] public ImmutableArray<float> InputMean { get; init; } = [];
    [Id(8)] public ImmutableArray<float> InputDeviation { get; init; } = [];

    /// <summary>The attempt was given up for organizations that are no active members any more; it is none of those that failed.</summary>
    [Id(20)] public bool ForExclusion { get; init; }

    /// <summary>After a private round whose clip follows a quantile: the next round's clip.</summary>
    [Id(60)] public double? NextClip { get; init; }
}

/// <summary>What a round counted, beside its sums. Metric averages are weighted by hold-out counts and describe the base.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-tally")]
public sealed record RoundTally
{
    [Id(0)] public required int Updates { get; init; }
    [Id(1)] public required long Samples { get; init; }
    [Id(2)] public double? Accuracy { get; init; }
    [Id(3)] public double? Loss { get; init; }
    [Id(4)] public ImmutableArray<OrganizationTally> Organizations { get; init; } = [];
    [Id(5)] public long EvaluationCount { get; init; }

    /// <summary>Other metrics that devices gave, averaged in the same way.</summary>
    [Id(6)] public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>The median length of the updates, where the strategy learns its bound from it.</summary>
    [Id(10)] public double? MedianLength { get; init; }
}

/// <summary>One organization's part in a round.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-tally")]
public sealed record OrganizationTally
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required int Updates { get; init; }
    [Id(2)] public required long Samples { get; init; }

    /// <summary>Its own metrics of the round's base; for itself alone to see.</summary>
    [Id(20)] public long EvaluationCount { get; init; }
    [Id(21)] public double? Accuracy { get; init; }
    [Id(22)] public double? Loss { get; init; }
}

/// <summary>A device's statistics by feature name.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-statistics")]
public sealed record DeviceStatistics
{
    [Id(0)] public required long Rows { get; init; }
    [Id(1)] public ImmutableSortedDictionary<string, FeatureMoments> Features { get; init; } = ImmutableSortedDictionary<string, FeatureMoments>.Empty;
}

/// <summary>Count, mean and sum of squared differences from the mean.</summary>
[GenerateSerializer, Immutable, Alias("octomil.feature-moments")]
public readonly record struct FeatureMoments
{
    [Id(0)] public required long Count { get; init; }
    [Id(1)] public required double Mean { get; init; }
    [Id(2)] public required double M2 { get; init; }
}

/// <summary>A device's metrics of the final weights.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-evaluation")]
public sealed record DeviceEvaluation
{
    [Id(0)] public required long Count { get; init; }
    [Id(1)] public double? Loss { get; init; }
    [Id(2)] public double? Accuracy { get; init; }
    [Id(3)] public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;
}
