using Dapper;
using Microsoft.Data.Sqlite;

namespace Octomil.Storage.Sqlite;

/// <summary>
/// The migrations <c>infra/sql/sqlite/NNNN_name.sql</c>, applied in order, each once, all in one transaction that excludes other writers.
/// </summary>
internal static class SqliteSchema
{
    private const string Prefix = "sqlite/";

    private const string VersionTable = """
        CREATE TABLE IF NOT EXISTS SchemaVersion
        (
            Version INTEGER NOT NULL PRIMARY KEY,
            Name    TEXT    NOT NULL
        );
        """;

    public static void Migrate(SqliteSession session)
    {
        var migrations = Migrations.Read(Prefix);
        using var transaction = session.Connection.BeginTransaction(deferred: false);
        session.Connection.Execute(VersionTable, transaction: transaction);
        var current = session.Connection.ExecuteScalar<int?>("SELECT MAX(Version) FROM SchemaVersion", transaction: transaction) ?? 0;
        var newest = migrations[^1].Version;

        if (current > newest)
        {
            throw new StorageUnavailableException(
                $"The database {session.Connection.DataSource} has schema version {current}, this program knows up to {newest}: run the newer program, or restore a backup.");
        }

        foreach (var migration in migrations.Where(migration => migration.Version > current))
        {
            Apply(session.Connection, transaction, migration);
        }

        transaction.Commit();
    }

    private static void Apply(SqliteConnection connection, SqliteTransaction transaction, Migration migration)
    {
        connection.Execute(migration.Text, transaction: transaction);
        connection.Execute(
            "INSERT INTO SchemaVersion (Version, Name) VALUES (@Version, @Name)", new { migration.Version, migration.Name }, transaction);
    }
}
