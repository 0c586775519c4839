namespace Octomil.Training;

/// <summary>Weights in the payload store: a canonical safetensors file.</summary>
[GenerateSerializer, Immutable, Alias("octomil.weights-ref")]
public sealed record WeightsRef
{
    /// <summary>SHA-256 of the file, lower-case hex.</summary>
    [Id(0)] public required string Sha256 { get; init; }
    [Id(1)] public required long Bytes { get; init; }

    /// <summary>
    /// The run that made them, while only that run refers to them (its folder goes when it ends); null: kept for a version, and
    /// shared by all versions with the same content.
    /// </summary>
    [Id(2)] public string? RunId { get; init; }
}

/// <summary>The stored sums of one fold: an encrypted file under a name that is never used twice.</summary>
[GenerateSerializer, Immutable, Alias("octomil.checkpoint-ref")]
public sealed record CheckpointRef
{
    [Id(0)] public required string RoundId { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public required long Bytes { get; init; }

    /// <summary>Checksum of what authenticates the encrypted bytes (XxHash64), to tell a damaged or exchanged file from a wrong key.</summary>
    [Id(3)] public required ulong Checksum { get; init; }
}
