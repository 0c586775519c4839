namespace Octomil.Storage;

/// <summary>
/// Keys of rounds, each made of two halves that open nothing alone. One is wrapped by a rotated key and kept in the round's row; the
/// other lies beside the payloads, where it can be overwritten. A database leaves copies of what it overwrites behind (pages move,
/// logs and backups linger), so erasing the second half is what makes a key unrecoverable.
/// </summary>
public interface IRoundKeys
{
    /// <summary>Length of a round's key.</summary>
    const int KeyBytes = 32;

    /// <summary>
    /// Makes the second half durable where the round has none yet, and returns the first, wrapped, for the round's row. Of several
    /// calls for a round, each result gives a key of its own: the one that the row keeps counts.
    /// </summary>
    /// <exception cref="StorageUnavailableException">Nothing was made that the row could refer to.</exception>
    Task<byte[]> CreateAsync(string roundId, CancellationToken cancellationToken);

    /// <summary>The key in clear.</summary>
    /// <exception cref="RoundKeyException">
    /// A half is gone, erased or changed, belongs to another round, or the wrapping key is gone. It will not come back.
    /// </exception>
    /// <exception cref="StorageUnavailableException">It cannot be read now.</exception>
    Task<byte[]> OpenAsync(string roundId, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken);

    /// <summary>
    /// Overwrites and deletes the second half: on return no copy of anything opens the round's checkpoints any more. Idempotent.
    /// </summary>
    /// <exception cref="StorageUnavailableException">It may still be there; call again.</exception>
    Task EraseAsync(string roundId, CancellationToken cancellationToken);
}
