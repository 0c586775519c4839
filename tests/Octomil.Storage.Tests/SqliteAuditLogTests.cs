using Octomil.Organizations;
using Octomil.Storage.Sqlite;
using Xunit;

namespace Octomil.Storage;

public sealed class SqliteAuditLogTests : AuditLogTests, IDisposable
{
    private readonly TestStorage _storage = new();

    private protected override IAuditLog Log => _storage.AuditLog;

    public void Dispose() => _storage.Dispose();

    private protected override Task ExecuteAsync(string statement) => _storage.Database.WriteAsync(WriteKind.Statement, session => session.Execute(statement), Cancellation);

    [Fact]
    public async Task Log_RefusesAnEntryInThePlaceOfAnother()
    {
        await Log.AppendAsync(AuditEntry.ByService("org_00000001", "rollout.roll-back", null, DateTimeOffset.UnixEpoch), Cancellation);

        await Assert.ThrowsAnyAsync<Exception>(() => ExecuteAsync(
            "INSERT OR REPLACE INTO AuditLog (Sequence, OrganizationId, At, Actor, Action, Outcome) VALUES (1, 'org_00000001', 0, 'nobody', 'nothing', 1)"));

        Assert.Equal("service", Assert.Single(await Log.ListAsync(new AuditQuery { OrganizationId = "org_00000001", Limit = 9 }, Cancellation)).Actor);
    }
}
