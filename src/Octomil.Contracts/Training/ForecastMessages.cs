namespace Octomil.Training;

/// <summary>The privacy of a run's rounds.</summary>
public sealed record RunPrivacyResponse
{
    /// <summary>The current clip.</summary>
    public required double ClipNorm { get; init; }
    public required double NoiseMultiplier { get; init; }

    /// <summary>How a round is charged: gaussian, without amplification by sampling.</summary>
    public required string Accounting { get; init; }
    public double? ClipQuantile { get; init; }
    public long? SampleCap { get; init; }
}

/// <summary>POST /training/forecast: what a private run would cost, before it starts.</summary>
public sealed record TrainingForecastResponse
{
    public required double ClipNorm { get; init; }
    public required double NoiseMultiplier { get; init; }
    public required int Rounds { get; init; }

    /// <summary>mu squared of a round, for every organization that has an update in it.</summary>
    public required double MuSquaredPerRound { get; init; }
    public required long Parameters { get; init; }

    /// <summary>Updates of a round that the noise is compared with.</summary>
    public required long Updates { get; init; }

    /// <summary>Expected norm of the noise in the mean over the clip; above 1 the noise exceeds the signal.</summary>
    public required double NoiseToClip { get; init; }
    public string? Warning { get; init; }
    public required IReadOnlyList<OrganizationForecastResponse> Organizations { get; init; }
}

/// <summary>What it would cost one organization.</summary>
public sealed record OrganizationForecastResponse
{
    public required string OrgId { get; init; }
    public required string OrgName { get; init; }
    public double? PrivacyBudget { get; init; }
    public double? Delta { get; init; }

    /// <summary>Epsilon of one round alone; those of several do not add.</summary>
    public double? EpsilonPerRound { get; init; }

    /// <summary>Epsilon after the run, with what is spent already, as far as the budget lasts.</summary>
    public double? EpsilonAfterRun { get; init; }

    /// <summary>Rounds that what is left of the budget pays for.</summary>
    public long? RoundsLeft { get; init; }

    /// <summary>Why it takes no part, where it does not.</summary>
    public string? Reason { get; init; }
}
