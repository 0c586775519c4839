namespace Octomil.Training;

/// <summary>POST /training/sessions.</summary>
public sealed record StartTrainingRequest
{
    public required string ModelId { get; init; }
    public string? Group { get; init; }
    public string? Federation { get; init; }
    public string Strategy { get; init; } = "fedavg";
    public int Rounds { get; init; } = 10;

    /// <summary>The strategy's own parameters, by name.</summary>
    public IReadOnlyDictionary<string, string>? Params { get; init; }
    public int? MinDevices { get; init; }
    public int? MinUpdates { get; init; }

    /// <summary>Updates at which a round closes before its deadline. Default: all of the cohort.</summary>
    public int? TargetUpdates { get; init; }
    public double? OverSelection { get; init; }
    public double? RoundTimeoutSeconds { get; init; }
    public int? LocalEpochs { get; init; }
    public int? BatchSize { get; init; }
    public string? Optimizer { get; init; }
    public double? LearningRate { get; init; }
    public double? Momentum { get; init; }
    public double? WeightDecay { get; init; }
    public double? Holdout { get; init; }
    public long? Seed { get; init; }
    public double? MaxMagnitude { get; init; }
    public long? MaxSampleCount { get; init; }

    /// <summary>null or none: no guarantee. dp-sgd: the sum of a round's updates gets Gaussian noise, and every organization's ledger is charged.</summary>
    public string? Privacy { get; init; }

    /// <summary>Bound on the L2 norm of a whole update.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Standard deviation of the noise over the clip.</summary>
    public double? NoiseMultiplier { get; init; }

    /// <summary>Instead of the noise multiplier: what the whole run may cost each organization.</summary>
    public double? Epsilon { get; init; }

    /// <summary>Let the clip follow the updates' norms: the share of them that it shall leave as they are. Then clip_norm is the first clip.</summary>
    public double? ClipQuantile { get; init; }

    /// <summary>Samples at which an update weighs 1; one with fewer weighs less in proportion. Without it every update weighs the same.</summary>
    public long? SampleCap { get; init; }

    /// <summary>none. What else is asked for is refused with the reason: amplification by sampling cannot be claimed.</summary>
    public string? Sampling { get; init; }
}

/// <summary>The run that was started, or the one that the same request started before.</summary>
public sealed record StartTrainingResponse
{
    public required string SessionId { get; init; }
    public required string Status { get; init; }
}

/// <summary>GET /training/{model}/status, and each event of GET /training/{model}/events.</summary>
public sealed record TrainingStatusResponse
{
    public required string SessionId { get; init; }
    public required string ModelId { get; init; }
    public required string Model { get; init; }

    /// <summary>PENDING, IN_PROGRESS, PAUSED, COMPLETED, STOPPED or FAILED.</summary>
    public required string Status { get; init; }
    public required string Strategy { get; init; }
    public string? FederationId { get; init; }
    public string? Group { get; init; }
    public required int CurrentRound { get; init; }
    public required int TotalRounds { get; init; }
    public string? RoundId { get; init; }
    public string? RoundKind { get; init; }
    public required int ActiveDevices { get; init; }
    public double? Loss { get; init; }
    public double? Accuracy { get; init; }

    /// <summary>improving, flat or declining.</summary>
    public string? Trend { get; init; }

    /// <summary>Why the run waits, is paused or failed.</summary>
    public string? Reason { get; init; }
    public string? NewVersion { get; init; }
    public int? Organizations { get; init; }

    /// <summary>Of a private run; null where there is no guarantee.</summary>
    public RunPrivacyResponse? Privacy { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public required IReadOnlyList<ContributionResponse> Contributions { get; init; }
    public IReadOnlyList<RoundHistoryResponse>? History { get; init; }
}

/// <summary>One organization's part in the current (or last) round.</summary>
public sealed record ContributionResponse
{
    public required string OrgId { get; init; }
    public required string OrgName { get; init; }

    /// <summary>Devices of the organization that could be selected.</summary>
    public required int Devices { get; init; }
    public required int Selected { get; init; }
    public required int Updates { get; init; }

    /// <summary>Why the organization takes no part, where it does not.</summary>
    public string? Reason { get; init; }
}

/// <summary>A closed round; accuracy and loss describe the base of the round.</summary>
public sealed record RoundHistoryResponse
{
    public required int Round { get; init; }
    public required string RoundId { get; init; }
    public required int Updates { get; init; }
    /// <summary>Not shown of a private run, as data decide it.</summary>
    public long? Samples { get; init; }
    public double? Loss { get; init; }
    public double? Accuracy { get; init; }
    public required DateTimeOffset ClosedAt { get; init; }
}

/// <summary>POST /training/{model}/stop.</summary>
public sealed record StopTrainingRequest
{
    /// <summary>Publish the last closed round's weights as a version.</summary>
    public bool Publish { get; init; }
}

/// <summary>The last round that closed before the stop.</summary>
public sealed record StopTrainingResponse
{
    public required int LastRound { get; init; }
    public string? NewVersion { get; init; }
}

/// <summary>GET /training/sessions.</summary>
public sealed record TrainingSessionList
{
    public required IReadOnlyList<TrainingStatusResponse> Sessions { get; init; }
}

/// <summary>GET /training/rounds/{id}/status.</summary>
public sealed record RoundStatusResponse
{
    public required string RoundId { get; init; }

    /// <summary>open, sealing, sealed, published or abandoned.</summary>
    public required string Status { get; init; }
    public required int RoundNumber { get; init; }
    public required int Participants { get; init; }
    public required int TargetParticipants { get; init; }
    public required RoundConfigMessage Config { get; init; }
}
