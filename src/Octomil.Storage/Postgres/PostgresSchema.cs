using Dapper;
using Npgsql;

namespace Octomil.Storage.Postgres;

/// <summary>
/// The migrations <c>infra/sql/postgres/NNNN_name.sql</c>, applied in order, each once. Servers that start together wait for one
/// another on an advisory lock, so that one of them does it.
/// </summary>
internal static class PostgresSchema
{
    private const string Prefix = "postgres/";

    // Any number that nobody else uses in this database: "octomil" in ASCII.
    private const long LockKey = 0x6F63746F6D696C;

    private const string VersionTable = """
        CREATE TABLE IF NOT EXISTS SchemaVersion
        (
            Version integer NOT NULL PRIMARY KEY,
            Name    text    NOT NULL
        );
        """;

    public static async Task MigrateAsync(NpgsqlDataSource source, Action<string> prepare, CancellationToken cancellationToken)
    {
        var migrations = Migrations.Read(Prefix);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@LockKey)", new { LockKey }, transaction);
        await connection.ExecuteAsync(VersionTable, transaction: transaction);
        var current = await connection.ExecuteScalarAsync<int?>("SELECT MAX(Version) FROM SchemaVersion", transaction: transaction) ?? 0;

        if (current > migrations[^1].Version)
        {
            throw new StorageUnavailableException(
                $"The database {connection.Database} has schema version {current}, this program knows up to {migrations[^1].Version}: run the newer program, or restore a backup.");
        }

        foreach (var migration in migrations.Where(migration => migration.Version > current))
        {
            await connection.ExecuteAsync(migration.Text, transaction: transaction);
            await connection.ExecuteAsync(
                "INSERT INTO SchemaVersion (Version, Name) VALUES (@Version, @Name)", new { migration.Version, migration.Name }, transaction);
        }

        prepare((await connection.ExecuteScalarAsync<Guid>("SELECT Id FROM DatabaseIdentity", transaction: transaction)).ToString());
        await transaction.CommitAsync(cancellationToken);
    }
}
