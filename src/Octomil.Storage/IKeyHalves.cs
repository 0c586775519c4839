namespace Octomil.Storage;

/// <summary>The halves of round keys that lie beside the payloads. Every call may throw <see cref="StorageUnavailableException"/>.</summary>
internal interface IKeyHalves
{
    /// <summary>The round's half; a new random one where there is none. Durable on return, and never replaced.</summary>
    Task<byte[]> TakeHalfAsync(string roundId, CancellationToken cancellationToken);

    /// <summary>What is stored as the round's half, or null. Not checked: the caller knows what it must be.</summary>
    Task<byte[]?> ReadHalfAsync(string roundId, CancellationToken cancellationToken);

    /// <summary>Overwrites and deletes it, if it is there.</summary>
    Task EraseHalfAsync(string roundId, CancellationToken cancellationToken);
}
