using System.Collections.Immutable;
using Octomil.Experiments;

namespace Octomil.Deployments;

/// <summary>Where a rollout stands.</summary>
public enum RolloutStatus
{
    None = 0,

    /// <summary>Made, not started.</summary>
    Pending = 1,

    /// <summary>Its percentage of the devices should run the version.</summary>
    Active = 2,

    /// <summary>Devices that have the version keep it; no other gets it.</summary>
    Paused = 3,

    /// <summary>At 100 %: the version is what its devices run.</summary>
    Completed = 4,

    /// <summary>Given up: its devices go back to what they would run without it.</summary>
    RolledBack = 5,
}

/// <summary>One version's way to an organization's devices. Percentages in hundredths of a percent.</summary>
[GenerateSerializer, Immutable, Alias("octomil.rollout")]
public sealed record Rollout
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required DeployedVersion Version { get; init; }
    [Id(2)] public required RolloutStatus Status { get; init; }
    [Id(3)] public required int BasisPoints { get; init; }

    /// <summary>How far advancing goes.</summary>
    [Id(4)] public int TargetBasisPoints { get; init; } = RolloutShare.All;

    /// <summary>How far one advance goes.</summary>
    [Id(5)] public int StepBasisPoints { get; init; } = RolloutShare.All / 10;

    /// <summary>The device group it is for; null: all devices.</summary>
    [Id(6)] public string? Group { get; init; }
    [Id(7)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(8)] public DateTimeOffset? StartedAt { get; init; }
    [Id(9)] public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it is as it is, where somebody said so.</summary>
    [Id(10)] public string? Reason { get; init; }

    /// <summary>The version that its devices ran before and go back to; null: none.</summary>
    [Id(11)] public DeployedVersion? Previous { get; init; }

    /// <summary>It brings an earlier version back.</summary>
    [Id(12)] public bool IsRollback { get; init; }

    /// <summary>The service rolled it back, or made it to roll another one back, by itself.</summary>
    [Id(13)] public bool Automatic { get; init; }

    /// <summary>The last advance by a step.</summary>
    [Id(14)] public DateTimeOffset? AdvancedAt { get; init; }

    /// <summary>It may still change.</summary>
    public bool IsOpen => Status is RolloutStatus.Pending or RolloutStatus.Active or RolloutStatus.Paused;
}

/// <summary>An order to bring a version to devices. Percentages in hundredths of a percent; null: as it is, or the default.</summary>
[GenerateSerializer, Immutable, Alias("octomil.deploy-order")]
public sealed record DeployOrder
{
    [Id(0)] public required string Version { get; init; }
    [Id(1)] public required int BasisPoints { get; init; }
    [Id(2)] public int? TargetBasisPoints { get; init; }
    [Id(3)] public int? StepBasisPoints { get; init; }
    [Id(4)] public bool Start { get; init; } = true;
    [Id(5)] public string? Group { get; init; }

    /// <summary>The experiment that ends with this version: the order ends it, or changes nothing.</summary>
    [Id(6)] public string? EndsExperiment { get; init; }
}

/// <summary>What may be done with a rollout.</summary>
public enum RolloutCommand
{
    None = 0,
    Start = 1,
    Pause = 2,
    Resume = 3,

    /// <summary>One step further, or to the percentage that is named.</summary>
    Advance = 4,

    /// <summary>To the percentage that is named, up or down.</summary>
    SetPercentage = 5,

    /// <summary>Takes a pending one away; rolls back one that has begun.</summary>
    Delete = 6,
}

/// <summary>One command to one rollout.</summary>
[GenerateSerializer, Immutable, Alias("octomil.rollout-change")]
public sealed record RolloutChange
{
    [Id(0)] public required RolloutCommand Command { get; init; }
    [Id(1)] public int? BasisPoints { get; init; }
    [Id(2)] public string? Reason { get; init; }
}

/// <summary>Outcomes of commands about rollouts.</summary>
public enum RolloutResult
{
    None = 0,
    Done = 1,
    ModelNotFound = 2,
    VersionNotFound = 3,
    VersionDeprecated = 4,
    GroupNotFound = 5,
    RolloutNotFound = 6,

    /// <summary>Another version is rolling out.</summary>
    OtherRolloutOpen = 7,

    /// <summary>The rollout is over.</summary>
    Over = 8,

    /// <summary>The command does not go with the rollout's status.</summary>
    WrongStatus = 9,

    /// <summary>It is at its target already.</summary>
    AtTarget = 10,

    /// <summary>The same version is rolling out to another group.</summary>
    OtherGroup = 11,

    /// <summary>No version is known to go back to.</summary>
    NothingBefore = 12,

    /// <summary>The version to go back to is the one that is rolling out.</summary>
    SameVersion = 13,
}

/// <summary>What a command led to: the rollout as it is now, or the one that stands in the way.</summary>
[GenerateSerializer, Immutable, Alias("octomil.rollout-answer")]
public sealed record RolloutAnswer
{
    [Id(0)] public required RolloutResult Result { get; init; }
    [Id(1)] public Rollout? Rollout { get; init; }
}

/// <summary>A model's rollouts in one organization.</summary>
[GenerateSerializer, Immutable, Alias("octomil.deployment-snapshot")]
public sealed record DeploymentSnapshot
{
    /// <summary>Newest first.</summary>
    [Id(0)] public ImmutableArray<Rollout> Rollouts { get; init; } = [];

    /// <summary>By version: what devices reported in the window that is watched.</summary>
    [Id(1)] public ImmutableSortedDictionary<string, VersionCounts> Health { get; init; } = ImmutableSortedDictionary<string, VersionCounts>.Empty;

    /// <summary>The experiment that holds some of the devices.</summary>
    [Id(2)] public ExperimentLayer? Experiment { get; init; }

    /// <summary>The one before it.</summary>
    [Id(3)] public EndedExperiment? LastExperiment { get; init; }

    /// <summary>Every version that some device should run now.</summary>
    [Id(4)] public ImmutableSortedSet<string> InForce { get; init; } = [];
}
