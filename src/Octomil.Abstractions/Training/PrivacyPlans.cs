using System.Collections.Immutable;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>The privacy that a run is ordered with.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-privacy")]
public sealed record RunPrivacy
{
    /// <summary>C: bound on the L2 norm of a whole update; the first one where it follows a quantile.</summary>
    [Id(0)] public required double ClipNorm { get; init; }

    /// <summary>z: standard deviation of the noise over the clip; null: see <see cref="Epsilon"/>.</summary>
    [Id(1)] public double? NoiseMultiplier { get; init; }

    /// <summary>Instead of z: what the whole run may cost each organization at its own delta.</summary>
    [Id(2)] public double? Epsilon { get; init; }

    /// <summary>The share of updates that the clip shall leave as they are; null: the clip is fixed.</summary>
    [Id(3)] public double? ClipQuantile { get; init; }

    /// <summary>Samples at which an update weighs 1; one with fewer weighs less in proportion. Null: every update weighs the same.</summary>
    [Id(4)] public long? SampleCap { get; init; }
}

/// <summary>The privacy of one round. Everything in it is public and independent of data.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-privacy")]
public sealed record RoundPrivacy
{
    /// <summary>C of this round.</summary>
    [Id(0)] public required double Clip { get; init; }

    /// <summary>z that the round is charged with.</summary>
    [Id(1)] public required double NoiseMultiplier { get; init; }

    /// <summary>As in <see cref="RunPrivacy"/>.</summary>
    [Id(2)] public double? ClipQuantile { get; init; }

    /// <summary>Standard deviation of the noise on the count of updates within the clip, where that is used.</summary>
    [Id(3)] public double CountSigma { get; init; }

    /// <summary>As in <see cref="RunPrivacy"/>.</summary>
    [Id(4)] public long? SampleCap { get; init; }

    /// <summary>Organizations whose ledgers hold the round's cost: each is charged or refunded when it ends.</summary>
    [Id(5)] public ImmutableArray<string> Reserved { get; init; } = [];

    /// <summary>Those of them whose devices have ledgers of their own, which hold the cost for each device of the cohort.</summary>
    [Id(7)] public ImmutableArray<DeviceLedgerKey> PerDevice { get; init; } = [];

    /// <summary>Trained tensors of the model, for clients that clip each of them.</summary>
    [Id(6)] public int Tensors { get; init; }
}
