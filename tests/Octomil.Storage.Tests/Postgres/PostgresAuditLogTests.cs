using Dapper;
using Octomil.Organizations;
using Xunit;

namespace Octomil.Storage.Postgres;

public sealed class PostgresAuditLogTests : AuditLogTests, IAsyncLifetime
{
    private TestPostgres? _storage;

    private protected override IAuditLog Log => _storage!.AuditLog;

    public async ValueTask InitializeAsync() => _storage = await TestPostgres.OpenAsync(Cancellation);

    public ValueTask DisposeAsync() => _storage?.DisposeAsync() ?? ValueTask.CompletedTask;

    private protected override async Task ExecuteAsync(string statement)
    {
        await using var connection = await _storage!.Source.OpenConnectionAsync(Cancellation);
        await connection.ExecuteAsync(statement);
    }

    [Fact]
    public async Task Log_RefusesToBeEmptied() =>
        Assert.Contains("append-only", (await Assert.ThrowsAnyAsync<Exception>(() => ExecuteAsync("TRUNCATE AuditLog"))).Message, StringComparison.Ordinal);
}
