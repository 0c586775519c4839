using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What a private run would cost, before it starts.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-forecast")]
public sealed record RunForecast
{
    /// <summary>Started: it may start. Otherwise why not, as starting it would say.</summary>
    [Id(0)] public required StartRunResult Result { get; init; }
    [Id(1)] public double Clip { get; init; }
    [Id(2)] public double NoiseMultiplier { get; init; }

    /// <summary>mu^2 of a round, for every organization that has an update in it.</summary>
    [Id(3)] public double CostPerRound { get; init; }

    /// <summary>Updates of a round that the noise is compared with.</summary>
    [Id(4)] public long Updates { get; init; }
    [Id(5)] public long Parameters { get; init; }

    /// <summary>Expected norm of the noise in the mean over the clip: z sqrt(d) / m.</summary>
    [Id(6)] public double NoiseToClip { get; init; }
    [Id(7)] public string? Warning { get; init; }
    [Id(8)] public ImmutableArray<OrganizationForecast> Organizations { get; init; } = [];
}

/// <summary>What it would cost one organization.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-forecast")]
public sealed record OrganizationForecast
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required string OrganizationName { get; init; }
    [Id(2)] public double? PrivacyBudget { get; init; }
    [Id(3)] public double Delta { get; init; }

    /// <summary>Epsilon of one round alone; those of several do not add.</summary>
    [Id(4)] public double EpsilonPerRound { get; init; }

    /// <summary>Epsilon of all rounds of the run together with what is spent already, as far as the budget lasts.</summary>
    [Id(5)] public double EpsilonAfterRun { get; init; }

    /// <summary>Rounds that what is left of the budget pays for.</summary>
    [Id(6)] public long RoundsLeft { get; init; }

    /// <summary>Why it takes no part, where it does not.</summary>
    [Id(7)] public string? Reason { get; init; }
}
