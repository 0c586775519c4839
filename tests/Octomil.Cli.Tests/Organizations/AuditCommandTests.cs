using System.Globalization;

namespace Octomil.Organizations;

public sealed class AuditCommandTests
{
    private static readonly AuditEntryResponse _entry = new()
    {
        Id = 7,
        At = DateTimeOffset.UnixEpoch,
        Actor = "usr_0123456789abcdef",
        ActorName = "ada@acme.example",
        Action = "federation.suspend",
        Subject = "consortium",
        Address = "192.0.2.1",
        Outcome = "refused",
        Detail = "not_owner",
    };

    [Fact]
    public async Task Audit_ShowsWhoWhatWhenAndFromWhere()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /audit", new AuditList { Entries = [_entry] });
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("audit", "--since", "24h")).Expect(0);

        Assert.Equal(
            """
            WHEN                  WHO                                      WHAT                SUBJECT     OUTCOME              FROM
            1970-01-01 00:00:00Z  ada@acme.example (usr_0123456789abcdef)  federation.suspend  consortium  refused (not_owner)  192.0.2.1

            """,
            ended.Out);
        var since = Uri.UnescapeDataString(service.Requests.Single().Call.Split("since=")[1]);
        var ago = DateTimeOffset.UtcNow - DateTimeOffset.Parse(since, CultureInfo.InvariantCulture);
        Assert.InRange(ago, TimeSpan.FromHours(24), TimeSpan.FromHours(25));
    }

    [Fact]
    public async Task Audit_GoesOnUntilItHasWhatWasAskedFor()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /audit", context => FakeService.WriteJsonAsync(
            context,
            context.Request.Query.ContainsKey("cursor")
                ? new AuditList { Entries = [_entry with { Id = 1 }] }
                : new AuditList { Entries = [_entry, _entry with { Id = 6 }], NextCursor = "6" }));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("audit", "--limit", "3", "--json")).Expect(0);

        Assert.Equal(["GET /audit?limit=3", "GET /audit?limit=1&cursor=6"], service.Calls);
        Assert.Equal(
            [7, 6, 1], System.Text.Json.JsonSerializer.Deserialize<AuditList>(ended.Out, ContractJson.Options)!.Entries.Select(entry => entry.Id));
    }
}
