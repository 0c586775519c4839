using System.Text.Json;
using Microsoft.AspNetCore.Routing.Patterns;
using Octomil.Api.Tests.Fixtures;
using Octomil.Organizations;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class AuditTests(ApiServer server)
{
    [Theory]
    [InlineData("POST", "/api/v1/federations/{federation}/suspend", "federation.suspend")]
    [InlineData("POST", "/api/v1/api-keys", "api-key.create")]
    [InlineData("POST", "/api/v1/api-keys/{id}/revoke", "api-key.revoke")]
    [InlineData("POST", "/api/v1/federations/{federation}/models", "federation.model.create")]
    [InlineData("DELETE", "/api/v1/orgs/{org}/members/{member}", "org.member.remove")]
    [InlineData("PUT", "/api/v1/settings/{org}", "setting.change")]
    [InlineData("POST", "/api/v1/models/{model}/versions/upload", "model.version.upload")]
    [InlineData("POST", "/api/v1/training/sessions", "training.session.create")]
    [InlineData("POST", "/api/v1/training/{model}/stop", "training.stop")]
    public void Action_IsNamedAfterTheRoute(string method, string route, string action) =>
        Assert.Equal(action, AuditActions.Of(method, RoutePatternFactory.Parse(route)));

    [Fact]
    public async Task Changes_AreLoggedWithWhoWhatWhereAndOutcome()
    {
        var admin = await server.OrganizationAsync("Audits changes");
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);

        var key = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        await admin.SendAsync(HttpMethod.Post, $"/api-keys/{key.Text("id")}/revoke", null, ("User-Agent", "octomil-cli/9.9"));
        (await admin.PostAsync("/api-keys/key_none/revoke")).Refused(404, ErrorCodes.NotFound);

        var entries = await EntriesAsync(admin);
        Assert.Equal(["api-key.revoke", "api-key.revoke", "api-key.create"], entries.Select(entry => entry.Text("action")));
        Assert.Equal(["key_none", key.Text("id"), key.Text("id")], entries.Select(entry => entry.Text("subject")));
        Assert.Equal(["refused", "done", "done"], entries.Select(entry => entry.Text("outcome")));
        Assert.Equal(ErrorCodes.NotFound, entries[0].Text("detail"));
        Assert.Equal(("octomil-cli/9.9", "127.0.0.1", "administrator"), (entries[1].Text("user_agent"), entries[1].Text("address"), entries[1].Text("actor_name")));
        Assert.All(entries, entry => Assert.Matches("^key_[0-9a-f]{8}$", entry.Text("actor")));
        Assert.All(entries, entry => Assert.InRange(entry.GetProperty("at").GetDateTimeOffset(), before, DateTimeOffset.UtcNow.AddMinutes(1)));
    }

    [Fact]
    public async Task Log_HasNoSecretAndNothingOfTheDeviceProtocol()
    {
        var admin = await server.OrganizationAsync("Audits no devices");
        var key = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        var devices = admin.With(key.Text("api_key"));
        (await devices.PostAsync("/devices/register", new { device_identifier = "d-1" })).Ok();
        (await devices.PostAsync("/devices/d-1/heartbeat", new { })).Ok();

        var answer = await admin.GetAsync("/audit");

        Assert.Equal(["api-key.create"], answer.Ok().List("entries").Select(entry => entry.Text("action")));
        Assert.DoesNotContain(key.Text("api_key")[13..], answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_OfAnotherOrganization_IsNotSeen()
    {
        var (one, other) = (await server.OrganizationAsync("Has a log"), await server.OrganizationAsync("Has another log"));
        await one.CreateKeyAsync(Scopes.DevicesRead);

        Assert.Empty(await EntriesAsync(other));
    }

    [Fact]
    public async Task Log_IsReadInPages()
    {
        var admin = await server.OrganizationAsync("Turns pages");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await admin.CreateKeyAsync(Scopes.DevicesRead)).Text("id"));
        }

        var first = (await admin.GetAsync("/audit?limit=3")).Ok();
        var second = (await admin.GetAsync($"/audit?limit=3&cursor={first.Text("next_cursor")}")).Ok();

        Assert.False(second.Has("next_cursor"));
        Assert.Equal(ids.AsEnumerable().Reverse(), first.List("entries").Concat(second.List("entries")).Select(entry => entry.Text("subject")));
        Assert.Empty((await admin.GetAsync("/audit?since=2999-01-01T00:00:00Z")).Ok().List("entries"));
    }

    [Theory]
    [InlineData("since=yesterday", "since")]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=-1", "cursor")]
    public async Task Read_WithABadParameter_Is400AndNamesIt(string query, string field) =>
        (await server.Operator.GetAsync($"/audit?{query}")).RefusedFor(field);

    private static async Task<List<JsonElement>> EntriesAsync(ApiCaller caller) => [.. (await caller.GetAsync("/audit")).Ok().List("entries")];
}
