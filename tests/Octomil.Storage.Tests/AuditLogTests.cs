using Octomil.Organizations;
using Xunit;

namespace Octomil.Storage;

/// <summary>What the audit log promises, of whichever database.</summary>
public abstract class AuditLogTests
{
    private const string Organization = "org_00000001";

    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract IAuditLog Log { get; }

    /// <summary>Runs a statement on the database, past the log.</summary>
    private protected abstract Task ExecuteAsync(string statement);

    [Fact]
    public async Task List_GivesTheNewestFirstAndGoesOnBeforeAPage()
    {
        for (var minute = 0; minute < 5; minute++)
        {
            await Log.AppendAsync(Entry(minute), Cancellation);
        }

        var first = await Log.ListAsync(Query() with { Limit = 3 }, Cancellation);
        var second = await Log.ListAsync(Query() with { Limit = 3, Before = first[^1].Sequence }, Cancellation);

        Assert.Equal([4, 3, 2, 1, 0], first.Concat(second).Select(entry => (entry.At - Noon).Minutes));
        Assert.Equal(Entry(4) with { Sequence = first[0].Sequence }, first[0]);
        Assert.Equal(2, (await Log.ListAsync(Query() with { Since = Noon + TimeSpan.FromMinutes(3) }, Cancellation)).Length);
    }

    [Fact]
    public async Task List_ShowsAnotherOrganizationsEntriesToNobodyAndTheServicesOwnToWhoAsks()
    {
        await Log.AppendAsync(Entry(0), Cancellation);
        await Log.AppendAsync(Entry(1) with { OrganizationId = "org_00000002" }, Cancellation);
        await Log.AppendAsync(AuditEntry.ByService("", "address.lock-out", "192.0.2.1", Noon + TimeSpan.FromMinutes(2)), Cancellation);

        Assert.Equal([Organization], (await Log.ListAsync(Query(), Cancellation)).Select(entry => entry.OrganizationId));
        Assert.Equal(["", Organization], (await Log.ListAsync(Query() with { WithService = true }, Cancellation)).Select(entry => entry.OrganizationId));
    }

    [Fact]
    public async Task Append_OfTextsThatNoRowTakes_KeepsWhatItCanOfThem()
    {
        await Log.AppendAsync(Entry(0) with { Subject = new string('x', 1000), UserAgent = "a\0b\ud800" }, Cancellation);

        var entry = Assert.Single(await Log.ListAsync(Query(), Cancellation));
        Assert.Equal((new string('x', 256), "a?b?"), (entry.Subject, entry.UserAgent));
    }

    [Theory]
    [InlineData("UPDATE AuditLog SET Actor = 'nobody'")]
    [InlineData("DELETE FROM AuditLog")]
    public async Task Log_RefusesToBeChanged(string statement)
    {
        await Log.AppendAsync(Entry(0), Cancellation);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => ExecuteAsync(statement));

        Assert.Contains("append-only", refused.Message, StringComparison.Ordinal);
        Assert.Equal("key_00000001", Assert.Single(await Log.ListAsync(Query(), Cancellation)).Actor);
    }

    private static AuditQuery Query() => new() { OrganizationId = Organization, Limit = 100 };

    private static AuditEntry Entry(int minute) => new()
    {
        OrganizationId = Organization,
        At = Noon + TimeSpan.FromMinutes(minute),
        Actor = "key_00000001",
        ActorName = "administrator",
        Action = "federation.suspend",
        Subject = "consortium/org_00000002",
        Address = "192.0.2.1",
        UserAgent = "octomil-cli/1.0",
        Outcome = AuditOutcome.Refused,
        Detail = "not_owner",
    };
}
