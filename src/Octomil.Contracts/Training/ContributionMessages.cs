namespace Octomil.Training;

/// <summary>
/// GET /training/rounds/{id}/contributions: what a round counted and what was made of it, so that an organization can hold the
/// answers its devices got against what entered the weights.
/// </summary>
public sealed record RoundContributionsResponse
{
    public required string RoundId { get; init; }
    public required string SessionId { get; init; }
    public required int RoundNumber { get; init; }

    /// <summary>One of <see cref="RoundKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>open, sealing, sealed, published or abandoned.</summary>
    public required string Status { get; init; }

    /// <summary>Why the attempt was abandoned, where it was.</summary>
    public string? Reason { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public required RoundStrategyResponse Strategy { get; init; }
    public required LimitsMessage Limits { get; init; }

    /// <summary>SHA-256 of the weights that the round started from.</summary>
    public required string BaseSha256 { get; init; }

    /// <summary>SHA-256 of the weights that it made; only of a published round.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>Devices of the cohort, of all organizations.</summary>
    public required int Selected { get; init; }

    /// <summary>Updates that count, of all organizations.</summary>
    public required int Updates { get; init; }

    /// <summary>Training examples behind them, and the metrics of the round's base over all organizations; once it is sealed, where they may be shown.</summary>
    public long? Samples { get; init; }
    public double? Loss { get; init; }
    public double? Accuracy { get; init; }
    public required IReadOnlyList<RoundOrganizationResponse> Organizations { get; init; }

    /// <summary>The selected devices of the caller's organization. Which devices of others took part is theirs to know.</summary>
    public required IReadOnlyList<DeviceContributionResponse> Devices { get; init; }
}

/// <summary>The aggregation strategy of a round, with every parameter in use.</summary>
public sealed record RoundStrategyResponse
{
    public required string Name { get; init; }
    public required IReadOnlyDictionary<string, string> Params { get; init; }
}

/// <summary>One organization's part in a round.</summary>
public sealed record RoundOrganizationResponse
{
    public required string OrgId { get; init; }
    public required int Selected { get; init; }
    public required int Updates { get; init; }
    public long? Samples { get; init; }

    /// <summary>True where its membership ended in mid-round: none of its updates entered.</summary>
    public bool? Excluded { get; init; }

    /// <summary>Metrics of the round's base on its own devices; only of the caller's organization.</summary>
    public double? Loss { get; init; }
    public double? Accuracy { get; init; }
    public long? EvalCount { get; init; }
}

/// <summary>GET /training/{model}/contributions: the closed rounds of the run, the newest first.</summary>
public sealed record ContributionHistoryResponse
{
    public required string SessionId { get; init; }
    public required IReadOnlyList<RoundContributionsResponse> Rounds { get; init; }

    /// <summary>Closed rounds that are remembered.</summary>
    public required int Total { get; init; }
    public required int Limit { get; init; }
    public required int Offset { get; init; }
}

/// <summary>A selected device, and whether its update counts.</summary>
public sealed record DeviceContributionResponse
{
    public required string DeviceId { get; init; }
    public required bool Counted { get; init; }

    /// <summary>
    /// The round whose base the device trains from, which its update was sent to: an earlier one only in an asynchronous run.
    /// </summary>
    public required string BaseRoundId { get; init; }

    /// <summary>SHA-256 of that base.</summary>
    public required string BaseSha256 { get; init; }

    /// <summary>How many rounds that base is behind this round's own; from 0.</summary>
    public required int Staleness { get; init; }
}
