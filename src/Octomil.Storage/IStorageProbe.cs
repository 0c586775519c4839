namespace Octomil.Storage;

/// <summary>Whether storage takes writes now.</summary>
public interface IStorageProbe
{
    /// <summary>Writes a row and a file. Never throws for a broken storage: the answer says so.</summary>
    Task<StorageHealth> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>The answer of a probe; a reason where it is not <paramref name="Ok"/>.</summary>
public sealed record StorageHealth(bool Ok, string? Reason);
