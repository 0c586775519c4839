using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>Where an experiment stands.</summary>
public enum ExperimentStatus
{
    None = 0,

    /// <summary>Made, not started: no device knows of it.</summary>
    Draft = 1,

    /// <summary>Its devices run their arm's version, and what they measure is counted.</summary>
    Running = 2,

    /// <summary>Its devices keep what they run; nothing is counted.</summary>
    Paused = 3,

    /// <summary>Over, with results that stand; its devices run what rollouts say.</summary>
    Completed = 4,

    /// <summary>Given up, by people or because a version in it was bad; its devices run what rollouts say.</summary>
    Cancelled = 5,
}

/// <summary>What devices measure, and one of which an experiment decides by.</summary>
public enum ExperimentMetric
{
    None = 0,

    /// <summary>Share of the device's answers that were right; more is better.</summary>
    Accuracy = 1,

    /// <summary>The device's mean loss; less is better.</summary>
    Loss = 2,

    /// <summary>The device's mean latency in milliseconds; less is better.</summary>
    Latency = 3,

    /// <summary>Share of the device's inferences that failed; less is better.</summary>
    ErrorRate = 4,
}

/// <summary>What an experiment is made with. Never changes.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-order")]
public sealed record ExperimentOrder
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required string ModelId { get; init; }
    [Id(2)] public required ExperimentVariant Control { get; init; }
    [Id(3)] public required ExperimentVariant Treatment { get; init; }

    /// <summary>How much of the devices take part, in hundredths of a percent.</summary>
    [Id(4)] public int TrafficBasisPoints { get; init; } = RolloutShare.All;

    /// <summary>Devices that each arm must hear from before anything is called significant.</summary>
    [Id(5)] public required int MinSampleSize { get; init; }

    /// <summary>1 - alpha.</summary>
    [Id(6)] public required double ConfidenceLevel { get; init; }
    [Id(7)] public required ExperimentMetric PrimaryMetric { get; init; }

    /// <summary>The difference in the metric's own unit that the test is most sensitive to, chosen before the data.</summary>
    [Id(8)] public required double ExpectedEffect { get; init; }
    [Id(9)] public string? Group { get; init; }
    [Id(10)] public string? Description { get; init; }
}

/// <summary>One version of an experiment, as it was asked for.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-variant")]
public sealed record ExperimentVariant
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required string Version { get; init; }

    /// <summary>Its part of the experiment's devices, in hundredths of a percent.</summary>
    [Id(2)] public required int BasisPoints { get; init; }
}

/// <summary>An experiment as its organization sees it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-snapshot")]
public sealed record ExperimentSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required ExperimentOrder Order { get; init; }
    [Id(2)] public required string ModelName { get; init; }
    [Id(3)] public required ExperimentStatus Status { get; init; }

    /// <summary>The devices it holds, or would hold.</summary>
    [Id(4)] public required ExperimentLayer Layer { get; init; }
    [Id(5)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(6)] public DateTimeOffset? StartedAt { get; init; }
    [Id(7)] public DateTimeOffset? EndedAt { get; init; }
    [Id(8)] public string? Reason { get; init; }

    /// <summary>Name of the variant that was promoted.</summary>
    [Id(9)] public string? Promoted { get; init; }

    /// <summary>It may still need its versions.</summary>
    public bool IsOpen => Status is ExperimentStatus.Draft or ExperimentStatus.Running or ExperimentStatus.Paused;
}

/// <summary>What may be done with an experiment.</summary>
public enum ExperimentCommand
{
    None = 0,
    Start = 1,
    Pause = 2,
    Resume = 3,
    Complete = 4,
    Cancel = 5,
}

/// <summary>Outcomes of commands about experiments.</summary>
public enum ExperimentResult
{
    None = 0,
    Done = 1,
    NotFound = 2,
    ModelNotFound = 3,
    VersionNotFound = 4,
    VersionDeprecated = 5,
    GroupNotFound = 6,

    /// <summary>There is another experiment of this name.</summary>
    NameTaken = 7,

    /// <summary>The organization has as many experiments as one may have.</summary>
    TooMany = 8,

    /// <summary>Another experiment over the model is running or paused.</summary>
    OtherRuns = 9,

    /// <summary>The command does not go with the experiment's status.</summary>
    WrongStatus = 10,

    /// <summary>The experiment is over.</summary>
    Over = 11,

    /// <summary>No variant was named, and the treatment is not significantly better.</summary>
    NoWinner = 12,

    /// <summary>There is no variant of this name.</summary>
    VariantNotFound = 13,

    /// <summary>The deployment refused the version: see <see cref="ExperimentAnswer.Deployment"/>.</summary>
    NotDeployed = 14,
}

/// <summary>What a command led to.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-answer")]
public sealed record ExperimentAnswer
{
    [Id(0)] public required ExperimentResult Result { get; init; }
    [Id(1)] public ExperimentSnapshot? Experiment { get; init; }

    /// <summary>What the refusal is about: a version, a group, the experiment that runs.</summary>
    [Id(2)] public string? Subject { get; init; }

    /// <summary>What the deployment said to the version that was promoted.</summary>
    [Id(3)] public RolloutAnswer? Deployment { get; init; }
}
