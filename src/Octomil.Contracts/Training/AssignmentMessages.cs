using System.Text.Json;

namespace Octomil.Training;

/// <summary>The offer of a round to a device; the same from the hub and from polling.</summary>
public sealed record RoundAssignmentMessage
{
    public required string RoundId { get; init; }
    public required string SessionId { get; init; }
    public required int RoundNumber { get; init; }

    /// <summary>One of <see cref="RoundKinds"/>.</summary>
    public required string Kind { get; init; }
    public required string ModelId { get; init; }
    public required string Model { get; init; }
    public required string Version { get; init; }
    public JsonElement? Architecture { get; init; }
    public required BaseWeightsMessage Base { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    public required TrainingMessage Training { get; init; }
    public required StrategyMessage Strategy { get; init; }

    /// <summary>L2 bound on the whole update, where the run has one.</summary>
    public double? ClipNorm { get; init; }
    public required LimitsMessage Limits { get; init; }

    /// <summary>
    /// Of scaffold: where the server's control is, the trained elements in the model's order as float32, little-endian. Missing: all are 0.
    /// </summary>
    public BaseWeightsMessage? Control { get; init; }

    /// <summary>The part that existing clients read.</summary>
    public RoundConfigMessage? Config { get; init; }
}

/// <summary>Kinds of rounds on the wire.</summary>
public static class RoundKinds
{
    public const string Train = "train";
    public const string Statistics = "statistics";
    public const string Evaluate = "evaluate";
}

/// <summary>
/// Where the round's base weights are: <see cref="Url"/> is taken as it is, for it names the device that may fetch them;
/// <see cref="Sha256"/> in lower-case hex.
/// </summary>
public sealed record BaseWeightsMessage
{
    public required string Url { get; init; }
    public required string Sha256 { get; init; }
    public required long Bytes { get; init; }
}

/// <summary>How a device trains.</summary>
public sealed record TrainingMessage
{
    public int Epochs { get; init; } = 5;
    public int BatchSize { get; init; } = 32;

    /// <summary>sgd or adam.</summary>
    public string Optimizer { get; init; } = "sgd";
    public double LearningRate { get; init; } = 0.05;
    public double Momentum { get; init; } = 0.9;
    public double WeightDecay { get; init; }

    /// <summary>Fraction of the device's rows that is held out for evaluation, in [0, 1).</summary>
    public double Holdout { get; init; } = 0.2;

    /// <summary>The run's seed, a non-negative 63-bit integer.</summary>
    public long Seed { get; init; }
}

/// <summary>The part of the aggregation strategy that devices need.</summary>
public sealed record StrategyMessage
{
    public required string Name { get; init; }
    public double? ProximalMu { get; init; }

    /// <summary>Of feddyn: the weight of its term in the devices' loss.</summary>
    public double? Alpha { get; init; }
}

/// <summary>Bounds of the exact fold: an update beyond the magnitude is refused, a sample count beyond the cap is capped.</summary>
public sealed record LimitsMessage
{
    public required double MaxMagnitude { get; init; }
    public required long MaxSampleCount { get; init; }
}

/// <summary>A round as existing clients know it; their clip is per tensor.</summary>
public sealed record RoundConfigMessage
{
    public required string ModelId { get; init; }
    public required string Version { get; init; }
    public double? ClipNorm { get; init; }
    public double? ProximalMu { get; init; }
}

/// <summary>GET /training/rounds?device_id=&amp;status=active.</summary>
public sealed record AssignmentList
{
    public required IReadOnlyList<RoundAssignmentMessage> Rounds { get; init; }
}

/// <summary>The answer to an update, a statistics report or an evaluation; a repeat gets the same.</summary>
public sealed record UpdateReceipt
{
    public required string UpdateId { get; init; }
    public required string Status { get; init; }
    public required string RoundId { get; init; }
}

/// <summary>PUT /training/rounds/{id}/statistics/{device_id}.</summary>
public sealed record StatisticsReport
{
    public required long Rows { get; init; }
    public required IReadOnlyDictionary<string, FeatureStatisticsMessage> Features { get; init; }
}

/// <summary>Count, mean and the sum of squared differences from the mean of one feature (or image channel: channel.0, channel.1, ...).</summary>
public sealed record FeatureStatisticsMessage
{
    public required long Count { get; init; }
    public required double Mean { get; init; }
    public required double M2 { get; init; }
}

/// <summary>PUT /training/rounds/{id}/evaluation/{device_id}.</summary>
public sealed record EvaluationReport
{
    public required long EvalCount { get; init; }
    public double? EvalLoss { get; init; }
    public double? EvalAccuracy { get; init; }
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }
}
