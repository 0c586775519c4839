using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>One side of an experiment.</summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-arm")]
public sealed record ExperimentArm
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public required DeployedVersion Version { get; init; }

    /// <summary>Its part of the experiment's devices, in hundredths of a percent; the arms' parts add up to all.</summary>
    [Id(2)] public required int BasisPoints { get; init; }
}

/// <summary>
/// Which devices an experiment holds, and which version each of them runs. It lies on top of what rollouts say, and leaves every other device to
/// them: an arm that a rollout could change half-way would compare nothing. A pure function of the device's id and groups, so that a
/// device keeps its arm, and the arms never share a device.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.experiment-layer")]
public sealed record ExperimentLayer
{
    [Id(0)] public required string ExperimentId { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public required ExperimentArm Control { get; init; }
    [Id(3)] public required ExperimentArm Treatment { get; init; }

    /// <summary>How much of the devices take part, in hundredths of a percent.</summary>
    [Id(4)] public required int TrafficBasisPoints { get; init; }

    /// <summary>The group whose devices take part; null: all.</summary>
    [Id(5)] public string? Group { get; init; }

    /// <summary>The experiment is paused: its devices are told nothing and keep what they run, and nothing of them is counted.</summary>
    [Id(6)] public bool Frozen { get; init; }

    public bool Has(string version) => Control.Version.Version == version || Treatment.Version.Version == version;

    /// <summary>The device's arm; null: it takes no part.</summary>
    /// <remarks>Whether it takes part and in which arm are two places: more traffic later moves nobody to the other arm.</remarks>
    public ExperimentArm? ArmOf(string deviceId, IReadOnlySet<string> groups) =>
        (Group is not null && !groups.Contains(Group)) || !RolloutShare.Includes(ExperimentId, deviceId, TrafficBasisPoints) ? null
        : RolloutShare.Includes($"{ExperimentId}/treatment", deviceId, Treatment.BasisPoints) ? Treatment
        : Control;
}

/// <summary>What became of the last experiment over a model, for whoever ran it to learn of it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.ended-experiment")]
public sealed record EndedExperiment
{
    [Id(0)] public required string ExperimentId { get; init; }
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>Why, where the service ended it by itself.</summary>
    [Id(2)] public string? Reason { get; init; }

    /// <summary>The version that it ended with, for all of its devices.</summary>
    [Id(3)] public string? Promoted { get; init; }
}
