namespace Octomil.Storage.Postgres;

public sealed class PostgresSiloStorageTests : SiloStorageTests
{
    private protected override async Task<Dictionary<string, string?>> SettingsAsync() => Settings(await TestPostgres.CreateDatabaseAsync(Cancellation));

    internal static Dictionary<string, string?> Settings(string connectionString) => new()
    {
        [$"{ClusterOptions.Section}:Mode"] = ClusterOptions.Cluster,
        [$"{ClusterOptions.Section}:ConnectionString"] = connectionString,
    };
}
