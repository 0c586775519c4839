namespace Octomil.Storage.Postgres;

/// <summary>
/// Nothing to do: old row versions, the log and replicas keep what was overwritten for as long as they like. What makes a round's key
/// unrecoverable is the half that is not in the database (<see cref="IRoundKeys"/>).
/// </summary>
internal sealed class PostgresErasure : IErasure
{
    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
