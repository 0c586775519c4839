namespace Octomil.Experiments;

/// <summary>
/// POST /experiments: two versions of a model on disjoint sets of the caller's own devices. Percentages have at most two decimals. The same
/// again is the same experiment; another under its name is refused.
/// </summary>
public sealed record CreateExperimentRequest
{
    public required string Name { get; init; }

    /// <summary>The model's id or name.</summary>
    public required string ModelId { get; init; }
    public string? Description { get; init; }

    /// <summary>Above 0 to 100: how much of the devices take part; missing: 100.</summary>
    public double? TrafficPercentage { get; init; }

    /// <summary>Devices that each arm must hear from before anything is called significant: 10 to 1,000,000; missing: 100.</summary>
    public int? MinSampleSize { get; init; }

    /// <summary>0.5 to 0.999; missing: 0.95.</summary>
    public double? ConfidenceLevel { get; init; }

    /// <summary>One of <see cref="ExperimentMetrics"/>; missing: accuracy.</summary>
    public string? PrimaryMetric { get; init; }

    /// <summary>
    /// The difference that the test is most sensitive to, in the metric's own unit, chosen before the data. Missing: 0.05 of accuracy, 0.1 of
    /// loss, 20 ms of latency, 0.02 of error_rate.
    /// </summary>
    public double? ExpectedEffect { get; init; }

    /// <summary>The device group whose devices take part; missing: all devices.</summary>
    public string? Group { get; init; }

    /// <summary>Two: the control, and the version on trial.</summary>
    public required IReadOnlyList<ExperimentVariantMessage> Variants { get; init; }
}

/// <summary>One version of an experiment.</summary>
public sealed record ExperimentVariantMessage
{
    public required string Name { get; init; }
    public required string ModelVersion { get; init; }

    /// <summary>Its part of the experiment's devices in percent; the two add up to 100.</summary>
    public required double TrafficAllocation { get; init; }
    public bool IsControl { get; init; }
}

/// <summary>POST /experiments/{id}/start, pause, resume, complete, cancel.</summary>
public sealed record ChangeExperimentRequest
{
    public string? Reason { get; init; }
}

/// <summary>POST /experiments/{id}/promote; without a variant: the treatment, if it is significantly better.</summary>
public sealed record PromoteExperimentRequest
{
    public string? Variant { get; init; }
}

/// <summary>An experiment.</summary>
public sealed record ExperimentResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string ModelId { get; init; }
    public required string Model { get; init; }
    public string? Description { get; init; }

    /// <summary>draft, running, paused, completed or cancelled.</summary>
    public required string Status { get; init; }
    public required double TrafficPercentage { get; init; }
    public required int MinSampleSize { get; init; }
    public required double ConfidenceLevel { get; init; }
    public required string PrimaryMetric { get; init; }
    public required double ExpectedEffect { get; init; }
    public string? Group { get; init; }

    /// <summary>The control first.</summary>
    public required IReadOnlyList<ExperimentVariantMessage> Variants { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it is as it is, where somebody, or the service, said so.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the variant that was promoted.</summary>
    public string? Promoted { get; init; }
}

/// <summary>GET /experiments/{id}/analytics. Everything is over devices, each weighing one: see <see cref="VariantAnalytics"/>.</summary>
public sealed record ExperimentAnalyticsResponse
{
    public required string ExperimentId { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }
    public required string PrimaryMetric { get; init; }
    public required double ConfidenceLevel { get; init; }
    public required int MinSampleSize { get; init; }

    /// <summary>The control first.</summary>
    public required IReadOnlyList<VariantAnalytics> Variants { get; init; }

    /// <summary>Treatment minus control in the primary metric; missing: fewer than 10 devices in an arm.</summary>
    public double? Difference { get; init; }

    /// <summary>The lower end of the difference's confidence interval. It holds at all looks together, however often one looks.</summary>
    public double? DifferenceLow { get; init; }

    /// <summary>The upper end.</summary>
    public double? DifferenceHigh { get; init; }

    /// <summary>Two-sided and always valid: corrected for looking often and for stopping whenever one likes.</summary>
    public double? PValue { get; init; }

    /// <summary>The p-value is at most 1 - confidence_level, and each arm has heard from min_sample_size devices.</summary>
    public required bool Significant { get; init; }

    /// <summary>Name of the variant that is significantly better; missing: none.</summary>
    public string? Winner { get; init; }

    /// <summary>The same in words.</summary>
    public required string Verdict { get; init; }

    /// <summary>A reason not to trust the comparison; missing: none is known.</summary>
    public string? Warning { get; init; }
}

/// <summary>One arm, over its devices: the mean of the devices' own means.</summary>
public sealed record VariantAnalytics
{
    public required string Name { get; init; }
    public required string ModelVersion { get; init; }
    public required bool IsControl { get; init; }

    /// <summary>Devices that were heard from.</summary>
    public required long Devices { get; init; }

    /// <summary>Those of them that measured the primary metric.</summary>
    public required long SampleSize { get; init; }
    public double? Accuracy { get; init; }
    public double? Loss { get; init; }
    public double? LatencyMs { get; init; }
    public double? ErrorRate { get; init; }
}

/// <summary>GET /experiments/{id}/assign: the arm of a device.</summary>
public sealed record AssignedVariantResponse
{
    public required string ExperimentId { get; init; }
    public required string DeviceId { get; init; }
    public required string Name { get; init; }
    public required string ModelVersion { get; init; }
    public required double TrafficAllocation { get; init; }
    public required bool IsControl { get; init; }
}

/// <summary>Names of an experiment's status.</summary>
public static class ExperimentStatuses
{
    public const string Draft = "draft";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Completed = "completed";
    public const string Cancelled = "cancelled";
}

/// <summary>Names of metrics.</summary>
public static class ExperimentMetrics
{
    public const string Accuracy = "accuracy";
    public const string Loss = "loss";
    public const string Latency = "latency";
    public const string ErrorRate = "error_rate";

    /// <summary>What existing clients send where nothing is chosen: here, the share of answers that were right.</summary>
    public const string Conversion = "conversion";
}
