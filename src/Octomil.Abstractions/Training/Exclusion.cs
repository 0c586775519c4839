using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What the end of an organization's membership means for a round that is open then.</summary>
public enum ExcludeDecision
{
    None = 0,

    /// <summary>Nothing of the organization is in a round.</summary>
    NotInRound = 1,

    /// <summary>Saved: its devices are refused, and nothing of theirs enters the result.</summary>
    Excluded = 2,

    /// <summary>The round is being sealed with its updates; from the next one on it takes no part.</summary>
    TooLate = 3,
}

/// <summary>A round's, and so its run's, answer to the exclusion of an organization.</summary>
[GenerateSerializer, Immutable, Alias("octomil.exclude-result")]
public sealed record ExcludeResult
{
    [Id(0)] public required ExcludeDecision Decision { get; init; }
    [Id(1)] public string? RoundId { get; init; }

    /// <summary>With <see cref="ExcludeDecision.Excluded"/>: the organization's devices in the cohort, which are to hear of it.</summary>
    [Id(2)] public ImmutableArray<string> Devices { get; init; } = [];
}
