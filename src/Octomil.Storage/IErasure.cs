namespace Octomil.Storage;

/// <summary>
/// Removes what was deleted or overwritten in the database from its files, as far as a database can: when pages move, it leaves copies
/// behind that it does not know of. What must be unrecoverable does not rest on this (<see cref="IRoundKeys"/>).
/// </summary>
public interface IErasure
{
    /// <summary>On return, what was deleted or overwritten before the call is gone from the log. Callers at the same time share the work.</summary>
    /// <exception cref="StorageUnavailableException">A reader held the old pages for too long; call again.</exception>
    Task FlushAsync(CancellationToken cancellationToken);
}
