using Dapper;
using Npgsql;

namespace Octomil.Storage.Postgres;

/// <summary>The shared database, as storage's start and probe see it.</summary>
internal sealed class PostgresDatabase(NpgsqlDataSource source) : IDatabase
{
    private const string Count = "INSERT INTO StorageProbe (Id, Count) VALUES (1, 1) ON CONFLICT (Id) DO UPDATE SET Count = StorageProbe.Count + 1";

    public async Task OpenAsync(Action<string> prepare, CancellationToken cancellationToken)
    {
        try
        {
            await PostgresErrors.TranslateAsync(() => PostgresSchema.MigrateAsync(source, prepare, cancellationToken));
        }
        catch (StorageUnavailableException exception) when (exception.InnerException is null)
        {
            var at = new NpgsqlConnectionStringBuilder(source.ConnectionString);
            throw new StorageUnavailableException(
                $"{exception.Message} ({ClusterOptions.Section}:ConnectionString names the database {at.Database} on {at.Host}, port {at.Port}.)", exception);
        }
    }

    public Task ProbeAsync() => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync();
        await connection.ExecuteAsync(Count);
    });
}
