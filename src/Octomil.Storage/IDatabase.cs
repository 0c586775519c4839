namespace Octomil.Storage;

/// <summary>The database behind grain state, whichever it is.</summary>
internal interface IDatabase
{
    /// <summary>Brings the schema up to date. Called once, before anything else uses the database.</summary>
    /// <param name="prepare">
    /// Called with the database's id where servers share it, while no other one is in here; a database of one server does not call it.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageUnavailableException">It cannot be used; the message says why.</exception>
    Task OpenAsync(Action<string> prepare, CancellationToken cancellationToken);

    /// <summary>Writes a row and waits until it is durable.</summary>
    /// <exception cref="StorageUnavailableException">It takes no writes now.</exception>
    Task ProbeAsync();
}
