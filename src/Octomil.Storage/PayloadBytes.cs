namespace Octomil.Storage;

/// <summary>What payloads take up.</summary>
/// <param name="Weights">Bytes of weights: kept ones, and those that are private to a run.</param>
/// <param name="Checkpoints">Bytes of the sums of rounds.</param>
public sealed record PayloadBytes(long Weights, long Checkpoints);
