using System.Data;
using Microsoft.Data.Sqlite;

namespace Octomil.Storage.Sqlite;

/// <summary>Stands for a connection. Derives from Microsoft's, for the providers check the type.</summary>
internal sealed class RoutedConnection(SqliteDatabase database) : SqliteConnection
{
    private ConnectionState _state = ConnectionState.Closed;

    public override ConnectionState State => _state;

    public override void Open() => _state = ConnectionState.Open;

    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Open();
        return Task.CompletedTask;
    }

    public override void Close() => _state = ConnectionState.Closed;

    public override SqliteCommand CreateCommand() => new RoutedCommand(database);

    public override SqliteTransaction BeginTransaction(IsolationLevel isolationLevel, bool deferred) =>
        throw new NotSupportedException("A write is one statement or one unit of the writer; there are no transactions over several calls.");
}
