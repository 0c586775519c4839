using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What a round counted, device by device, and what was made of it. Kept for as long as the round's rows are.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-contributions")]
public sealed record RoundContributions
{
    [Id(0)] public required RoundPlan Plan { get; init; }
    [Id(1)] public required RoundPhase Phase { get; init; }

    /// <summary>The devices whose answers count, as their places in the plan's cohort, rising.</summary>
    [Id(2)] public ImmutableArray<int> Counted { get; init; } = [];

    /// <summary>Null while the round is open.</summary>
    [Id(3)] public RoundOutcome? Outcome { get; init; }

    /// <summary>Organizations whose membership ended in mid-round.</summary>
    [Id(20)] public ImmutableSortedSet<string> Excluded { get; init; } = [];
}
