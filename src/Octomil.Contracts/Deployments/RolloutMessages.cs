namespace Octomil.Deployments;

/// <summary>
/// POST /models/{m}/rollouts. Percentages are of the devices of the caller's own organization, with at most two decimals. Of the version
/// that is rolling out already it sets the percentage.
/// </summary>
public sealed record CreateRolloutRequest
{
    public required string Version { get; init; }

    /// <summary>0 to 100: how much of the devices get it now; missing: <see cref="IncrementStep"/>, or 10.</summary>
    public double? RolloutPercentage { get; init; }

    /// <summary>0 to 100: how far advancing goes; missing: 100.</summary>
    public double? TargetPercentage { get; init; }

    /// <summary>Above 0 to 100: how far one advance goes; missing: 10.</summary>
    public double? IncrementStep { get; init; }

    /// <summary>False: it waits until it is started. Missing: true.</summary>
    public bool? StartImmediately { get; init; }

    /// <summary>The device group it is for; missing: all devices.</summary>
    public string? Group { get; init; }
}

/// <summary>POST /models/{m}/rollouts/{id}/advance, update-percentage and the other commands.</summary>
public sealed record ChangeRolloutRequest
{
    public double? Percentage { get; init; }
    public string? Reason { get; init; }
}

/// <summary>POST /models/{m}/rollback; without a version: to the last good one.</summary>
public sealed record RollbackRequest
{
    public string? ToVersion { get; init; }
    public string? Reason { get; init; }
}

/// <summary>One version's way to the caller's devices.</summary>
public sealed record RolloutResponse
{
    public required string Id { get; init; }
    public required string ModelId { get; init; }
    public required string Model { get; init; }
    public required string Version { get; init; }
    public required double RolloutPercentage { get; init; }
    public required double TargetPercentage { get; init; }
    public required double IncrementStep { get; init; }

    /// <summary>pending, active, paused, completed or rolled_back.</summary>
    public required string Status { get; init; }
    public string? Group { get; init; }
    public string? PreviousVersion { get; init; }

    /// <summary>It brings an earlier version back.</summary>
    public required bool IsRollback { get; init; }

    /// <summary>The service rolled it back, or made it to roll another one back, by itself.</summary>
    public required bool Automatic { get; init; }
    public string? Reason { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public required RolloutProgress Progress { get; init; }

    /// <summary>The experiment over the model that holds some of the devices back until it ends; missing: none.</summary>
    public string? Experiment { get; init; }

    /// <summary>What devices reported of the version lately; missing: nothing.</summary>
    public VersionHealth? Health { get; init; }
}

/// <summary>What devices report of a version.</summary>
public sealed record RolloutProgress
{
    /// <summary>Devices that run it.</summary>
    public required long Active { get; init; }

    /// <summary>Devices that could not bring it to run.</summary>
    public required long Failed { get; init; }

    /// <summary>Devices that it is for: the organization's, or the group's.</summary>
    public required long Devices { get; init; }

    /// <summary>Why one of those that failed did.</summary>
    public string? FailureReason { get; init; }
}

/// <summary>Inferences of the devices that run a version, within the window that is watched.</summary>
public sealed record VersionHealth
{
    public required long Inferences { get; init; }
    public required double ErrorRate { get; init; }
    public required double CrashRate { get; init; }

    /// <summary>Upper bound of the bucket with the 95th percentile; missing: not measured, or above 10 s.</summary>
    public int? LatencyP95Ms { get; init; }
}

/// <summary>Names of a rollout's status.</summary>
public static class RolloutStatuses
{
    public const string Pending = "pending";
    public const string Active = "active";
    public const string Paused = "paused";
    public const string Completed = "completed";
    public const string RolledBack = "rolled_back";
}
