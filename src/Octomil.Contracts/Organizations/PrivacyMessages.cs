namespace Octomil.Organizations;

/// <summary>GET and PUT /settings/{org}. In a PUT what is absent stays as it is.</summary>
public sealed record SettingsRequest
{
    /// <summary>Epsilon that all private runs together may cost; from 1 to 8 is usual.</summary>
    public double? PrivacyBudget { get; init; }
    public double? Delta { get; init; }

    /// <summary>organization or device (<see cref="PrivacyGranularities"/>).</summary>
    public string? PrivacyGranularity { get; init; }

    /// <summary>Most releases that a device (or, with one ledger, the organization) may be in.</summary>
    public int? MaxParticipations { get; init; }

    /// <summary>Take part in runs without noise although there is a budget; the budget says nothing about those.</summary>
    public bool? AllowNonPrivateRuns { get; init; }
    public bool? AutoRollbackEnabled { get; init; }

    /// <summary>Share of failures, from 0 to 1.</summary>
    public double? ErrorThreshold { get; init; }
}

/// <summary>An organization's settings.</summary>
public sealed record SettingsResponse
{
    public required string OrgId { get; init; }
    public double? PrivacyBudget { get; init; }
    public required double Delta { get; init; }
    public required string PrivacyGranularity { get; init; }
    public int? MaxParticipations { get; init; }
    public required bool AllowNonPrivateRuns { get; init; }

    /// <summary>Absent: as the service does.</summary>
    public bool? AutoRollbackEnabled { get; init; }
    public double? ErrorThreshold { get; init; }
}

/// <summary>Granularities of a privacy guarantee on the wire.</summary>
public static class PrivacyGranularities
{
    public const string Organization = "organization";
    public const string Device = "device";
}

/// <summary>
/// GET /privacy: what private runs have cost the caller's organization. Epsilons are at <see cref="Delta"/>; the ledger itself adds up
/// mu squared, because epsilons do not add.
/// </summary>
public sealed record PrivacyResponse
{
    public required string OrgId { get; init; }

    /// <summary>Null: none was set, so the organization takes part in no private run.</summary>
    public double? PrivacyBudget { get; init; }
    public required double Delta { get; init; }
    public required string PrivacyGranularity { get; init; }
    public int? MaxParticipations { get; init; }

    /// <summary>Epsilon of everything released, exactly.</summary>
    public required double Epsilon { get; init; }

    /// <summary>And if all that is reserved is released as well.</summary>
    public required double EpsilonWithReserved { get; init; }

    /// <summary>The same by a second accountant (Renyi differential privacy): an upper bound that other systems report.</summary>
    public required double EpsilonRdp { get; init; }
    public required double BudgetRemaining { get; init; }

    /// <summary>In the ledger's unit, mu squared.</summary>
    public required double MuSquaredBudget { get; init; }
    public required double MuSquaredSpent { get; init; }
    public required double MuSquaredReserved { get; init; }
    public required int RoundsConsumed { get; init; }
    public required int OpenReservations { get; init; }
    public required int Epoch { get; init; }

    /// <summary>With a ledger for each device: how many have taken part, and the most that one did.</summary>
    public int? Devices { get; init; }
    public int? MostParticipations { get; init; }
    public IReadOnlyList<PrivacyEpochResponse> PastEpochs { get; init; } = [];
}

/// <summary>A budget that was replaced, and why its successor is about other data.</summary>
public sealed record PrivacyEpochResponse
{
    public required double Epsilon { get; init; }
    public required double PrivacyBudget { get; init; }
    public required double Delta { get; init; }
    public required int Rounds { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public required string EndedBy { get; init; }
    public required string Reason { get; init; }
}

/// <summary>GET /privacy/ledger, the newest first.</summary>
public sealed record PrivacyLedgerResponse
{
    public required IReadOnlyList<PrivacyLedgerEntry> Entries { get; init; }
    public required int Total { get; init; }
}

/// <summary>One attempt at a private round.</summary>
public sealed record PrivacyLedgerEntry
{
    public required string RoundId { get; init; }
    public required string SessionId { get; init; }
    public required int RoundNumber { get; init; }
    public required string Model { get; init; }

    /// <summary>reserved, charged or refunded.</summary>
    public required string Status { get; init; }
    public required double MuSquared { get; init; }

    /// <summary>Epsilon of the epoch after a charge.</summary>
    public double? EpsilonAfter { get; init; }
    public required int Epoch { get; init; }
    public DateTimeOffset? At { get; init; }
}

/// <summary>POST /privacy/epochs: a new budget, which is honest only for new data.</summary>
public sealed record NewPrivacyEpochRequest
{
    public required double PrivacyBudget { get; init; }
    public double? Delta { get; init; }
    public int? MaxParticipations { get; init; }
    public string? PrivacyGranularity { get; init; }

    /// <summary>Why its data are not those that the old budget protects.</summary>
    public required string Reason { get; init; }
}

/// <summary>GET /federations/{id}/privacy: of the caller's organization.</summary>
public sealed record FederationPrivacyResponse
{
    public required double Epsilon { get; init; }
    public required double Delta { get; init; }
    public required int RoundsConsumed { get; init; }

    /// <summary>Epsilon that may still be spent; null where no budget was set.</summary>
    public double? BudgetRemaining { get; init; }
    public double? PrivacyBudget { get; init; }
}
