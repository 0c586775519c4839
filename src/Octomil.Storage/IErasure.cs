namespace Octomil.Storage;

/// <summary>Makes what was deleted or overwritten in the database unrecoverable from its files.</summary>
public interface IErasure
{
    /// <summary>
    /// On return, nothing that was deleted or overwritten before the call is in the database's files. Callers at the same time share the work.
    /// </summary>
    /// <exception cref="StorageUnavailableException">A reader held the old pages for too long; call again.</exception>
    Task FlushAsync(CancellationToken cancellationToken);
}
