namespace Octomil.Storage.Payloads;

/// <summary>The encrypted bytes of one checkpoint. Several threads may read at a time.</summary>
internal interface ICheckpointSource
{
    long Length { get; }

    /// <summary>How many chunks are read ahead together.</summary>
    int ChunksInAPiece { get; }

    /// <summary>How many of them are read in one go.</summary>
    int ChunksInARead { get; }

    /// <summary>Fills <paramref name="bytes"/>.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    Task ReadAsync(Memory<byte> bytes, long offset, CancellationToken cancellationToken);
}
