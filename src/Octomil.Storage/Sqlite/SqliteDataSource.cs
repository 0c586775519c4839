using System.Data.Common;

namespace Octomil.Storage.Sqlite;

/// <summary>
/// What the Orleans providers open connections from. The connections are stand-ins: each command goes to a reader or to the one
/// writer, so that a write is not tied to a connection and waiting writes can share a flush.
/// </summary>
internal sealed class SqliteDataSource(SqliteDatabase database) : DbDataSource
{
    /// <summary>The invariant that Orleans maps to Microsoft.Data.Sqlite.</summary>
    public const string Invariant = "System.Data.SQLite";

    public override string ConnectionString => $"Data Source={database.Path}";

    protected override DbConnection CreateDbConnection() => new RoutedConnection(database);
}
