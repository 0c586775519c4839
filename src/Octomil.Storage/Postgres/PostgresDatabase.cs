using Dapper;
using Npgsql;

namespace Octomil.Storage.Postgres;

/// <summary>The shared database, as storage's start and probe see it.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source) : IDatabase
{
    private const string Count = "INSERT INTO StorageProbe (Id, Count) VALUES (1, 1) ON CONFLICT (Id) DO UPDATE SET Count = StorageProbe.Count + 1";

    public Task OpenAsync(CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await PostgresSchema.MigrateAsync(source, cancellationToken);
        return true;
    });

    public Task ProbeAsync() => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.ExecuteAsync(Count);
    });
}
