using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Octomil.Storage.Sqlite;

/// <summary>A command that runs on a reader where it is a query, else on the writer.</summary>
internal sealed class RoutedCommand(SqliteDatabase database) : SqliteCommand
{
    private bool IsQuery => CommandText.AsSpan().TrimStart().StartsWith("SELECT", StringComparison.OrdinalIgnoreCase);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await RunAsync(cancellationToken);

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        await using var rows = await RunAsync(cancellationToken);
        return rows.RecordsAffected;
    }

    public override SqliteDataReader ExecuteReader(CommandBehavior behavior) => throw OnlyAsync();

    public override int ExecuteNonQuery() => throw OnlyAsync();

    public override object? ExecuteScalar() => throw OnlyAsync();

    private static NotSupportedException OnlyAsync() => new("A thread must not wait here for the database: use the asynchronous calls.");

    private Task<StoredRows> RunAsync(CancellationToken cancellationToken) =>
        IsQuery
            ? database.ReadAsync(Run, cancellationToken)
            : database.WriteAsync(WriteKind.Statement, Run, cancellationToken);

    private StoredRows Run(SqliteSession session)
    {
        var statement = session.Statement(CommandText);

        foreach (SqliteParameter parameter in Parameters)
        {
            statement.Parameters.Add(parameter);
        }

        using var reader = statement.ExecuteReader();
        return StoredRows.Read(reader);
    }
}
