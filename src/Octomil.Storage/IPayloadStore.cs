using Octomil.Training;

namespace Octomil.Storage;

/// <summary>
/// Weights and checkpoints as bytes. What a call returned a reference for is durable; what it did not is gone after the next start.
/// Every call may throw <see cref="StorageUnavailableException"/> (disk full, read-only, unreachable): then nothing was kept.
/// </summary>
public interface IPayloadStore
{
    /// <summary>Stores what <paramref name="write"/> writes, named by its SHA-256. The same bytes give the same reference.</summary>
    /// <param name="runId">The run that alone refers to them, or null to keep them for good.</param>
    /// <param name="write">Writes the bytes once, front to back; an exception of its own stores nothing.</param>
    /// <param name="cancellationToken">Stops it; nothing is stored.</param>
    Task<WeightsRef> SaveWeightsAsync(string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <summary>
    /// A seekable stream over the bytes, for the caller to dispose. A run's weights that were promoted are found after the run is gone.
    /// </summary>
    /// <exception cref="PayloadMissingException">There are no such weights.</exception>
    /// <exception cref="PayloadDamagedException">They are not what was stored.</exception>
    Task<Stream> OpenWeightsAsync(WeightsRef weights, CancellationToken cancellationToken);

    /// <summary>Keeps a run's weights beyond the run: the same reference without the run. Idempotent.</summary>
    Task<WeightsRef> PromoteWeightsAsync(WeightsRef weights, CancellationToken cancellationToken);

    /// <summary>Deletes one run-private payload, if it is there; a kept copy stays.</summary>
    /// <exception cref="ArgumentException">The reference is not run-private.</exception>
    Task DeleteRunWeightsAsync(WeightsRef weights, CancellationToken cancellationToken);

    /// <summary>Deletes everything private to the run; kept copies stay.</summary>
    Task DeleteRunAsync(string runId, CancellationToken cancellationToken);

    /// <summary>
    /// Stores sums encrypted and authenticated, under a fresh random name: no stored checkpoint is ever overwritten.
    /// <paramref name="head"/> and <paramref name="sums"/> must not change until the task ends.
    /// </summary>
    /// <param name="roundId">The round, bound into the encryption.</param>
    /// <param name="key">The round's key, <see cref="IRoundKeys.KeyBytes"/> bytes.</param>
    /// <param name="head">The caller's own bytes beside the sums, e.g. tallies; encrypted too.</param>
    /// <param name="sums">The sums; read once, in pieces, by several threads at a time.</param>
    /// <param name="cancellationToken">Stops it; nothing is stored.</param>
    Task<CheckpointRef> SaveCheckpointAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken);

    /// <summary>The head and how many sums there are, without reading the sums.</summary>
    /// <exception cref="PayloadMissingException">There is no such checkpoint.</exception>
    /// <exception cref="PayloadDamagedException">It is not what was stored, or the key is another round's.</exception>
    Task<CheckpointHead> ReadCheckpointHeadAsync(CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken);

    /// <summary>
    /// Gives the sums in <paramref name="range"/> (null: all) to <paramref name="visit"/>, in order, a piece at a time. Every piece is
    /// authenticated before it is given; a failure after some pieces means that those given must not be used.
    /// </summary>
    /// <exception cref="PayloadMissingException">There is no such checkpoint.</exception>
    /// <exception cref="PayloadDamagedException">It is not what was stored, or the key is another round's.</exception>
    Task<CheckpointHead> ReadCheckpointAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken);

    /// <summary>Deletes one checkpoint, if it is there.</summary>
    Task DeleteCheckpointAsync(CheckpointRef checkpoint, CancellationToken cancellationToken);

    /// <summary>Deletes every checkpoint of the round, also those that nothing refers to.</summary>
    Task DeleteRoundAsync(string roundId, CancellationToken cancellationToken);

    /// <summary>Rounds that have checkpoints, for sweeping.</summary>
    IAsyncEnumerable<string> ListRoundsAsync(CancellationToken cancellationToken);
}

/// <summary>Sums to be stored.</summary>
public interface ISumsSource
{
    /// <summary>How many sums there are.</summary>
    long Count { get; }

    /// <summary>Bytes that hold each of the sums, with its sign: 5 to 8. Fewer of them are less to encrypt and to write.</summary>
    int SignificantBytes { get; }

    /// <summary>Fills <paramref name="into"/> with the sums from <paramref name="offset"/> on. Several threads may call it.</summary>
    void Read(long offset, Span<long> into);
}

/// <summary>Takes a piece of sums; <paramref name="offset"/> is the coordinate of <paramref name="values"/>' first. The span is valid during the call only.</summary>
public delegate void SumsVisitor(long offset, ReadOnlySpan<long> values);

/// <summary>Coordinates from <paramref name="Start"/> up to, not including, <paramref name="End"/>.</summary>
public readonly record struct SumsRange(long Start, long End);

/// <summary>What a checkpoint holds beside its sums: the caller's bytes and the number of sums.</summary>
public sealed record CheckpointHead(ReadOnlyMemory<byte> Bytes, long SumCount);
