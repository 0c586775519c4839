namespace Octomil.Organizations;

/// <summary>About whom a privacy guarantee of an organization is.</summary>
public enum PrivacyGranularity
{
    None = 0,

    /// <summary>One ledger for all devices, as if the same one were in every release.</summary>
    Organization = 1,

    /// <summary>A ledger for each device; the organization has spent what the device that took part most has spent.</summary>
    Device = 2,
}

/// <summary>What an organization has decided for itself. Absent numbers were never set.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-settings")]
public sealed record OrganizationSettings
{
    /// <summary>Delta where none was given.</summary>
    public const double UsualDelta = 1e-5;

    /// <summary>Epsilon that all private runs together may cost; null: none was set, and devices take part in no private run.</summary>
    [Id(0)] public double? PrivacyBudget { get; init; }

    /// <summary>Delta at which the budget is converted.</summary>
    [Id(1)] public double Delta { get; init; } = UsualDelta;
    [Id(2)] public PrivacyGranularity Granularity { get; init; } = PrivacyGranularity.Organization;

    /// <summary>Most releases that a device (or, with one ledger, the organization) may be in.</summary>
    [Id(3)] public int? MaxParticipations { get; init; }

    /// <summary>
    /// True: devices also take part in runs without noise, although there is a budget. Such a run costs more than any budget, so by default
    /// an organization that has one is left out.
    /// </summary>
    [Id(4)] public bool AllowNonPrivateRuns { get; init; }

    /// <summary>True: a rollout whose error rate passes the threshold goes back by itself. Null: as the service does.</summary>
    [Id(5)] public bool? AutoRollbackEnabled { get; init; }

    /// <summary>Share of failures, from 0 to 1, above which a rollout is taken to be bad. Null: the service's.</summary>
    [Id(6)] public double? ErrorThreshold { get; init; }
}

/// <summary>A change of settings; what is null stays as it is.</summary>
[GenerateSerializer, Immutable, Alias("octomil.settings-change")]
public sealed record SettingsChange
{
    [Id(0)] public double? PrivacyBudget { get; init; }
    [Id(1)] public double? Delta { get; init; }
    [Id(2)] public PrivacyGranularity? Granularity { get; init; }
    [Id(3)] public int? MaxParticipations { get; init; }
    [Id(4)] public bool? AllowNonPrivateRuns { get; init; }
    [Id(5)] public bool? AutoRollbackEnabled { get; init; }
    [Id(6)] public double? ErrorThreshold { get; init; }
}

/// <summary>A new budget for new data.</summary>
[GenerateSerializer, Immutable, Alias("octomil.new-privacy-epoch")]
public sealed record NewPrivacyEpoch
{
    [Id(0)] public required double PrivacyBudget { get; init; }
    [Id(1)] public required double Delta { get; init; }
    [Id(2)] public int? MaxParticipations { get; init; }
    [Id(3)] public required PrivacyGranularity Granularity { get; init; }

    /// <summary>Who decided it: the API key's id.</summary>
    [Id(4)] public required string By { get; init; }

    /// <summary>Why its data are not those that the old budget protects.</summary>
    [Id(5)] public required string Reason { get; init; }
}

/// <summary>What became of a change.</summary>
public enum SettingsDecision
{
    None = 0,
    Done = 1,
    NotFound = 2,

    /// <summary>A number is outside its range.</summary>
    Invalid = 3,

    /// <summary>Delta and granularity are fixed while an epoch lasts: a change needs a new one.</summary>
    FixedInEpoch = 4,

    /// <summary>Rounds that are open hold part of the budget.</summary>
    ReservationsOpen = 5,
}

/// <summary>The answer to a change.</summary>
[GenerateSerializer, Immutable, Alias("octomil.settings-result")]
public sealed record SettingsResult
{
    [Id(0)] public required SettingsDecision Decision { get; init; }
    [Id(1)] public OrganizationSettings? Settings { get; init; }
    [Id(2)] public string? Reason { get; init; }
}
