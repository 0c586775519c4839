using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class ApiKeyTests(ApiServer server)
{
    [Fact]
    public async Task List_OfKeys_NeverShowsASecretOrItsHash()
    {
        var admin = await server.OrganizationAsync("Lists keys");
        var created = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        var secret = created.Text("api_key");

        var answer = await admin.GetAsync("/api-keys");

        var listed = answer.Ok().List("api_keys").Single(key => key.Text("id") == created.Text("id"));
        Assert.Equal(secret[..13], listed.Text("prefix"));
        Assert.False(listed.Has("api_key"));
        Assert.DoesNotContain(secret[13..], answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(GrainKeys.HashOfSecret(secret), answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_Twice_IsTheSameAndTheListSaysWhen()
    {
        var admin = await server.OrganizationAsync("Revokes twice");
        var id = (await admin.CreateKeyAsync(Scopes.DevicesRead)).Text("id");

        var first = (await admin.PostAsync($"/api-keys/{id}/revoke")).Ok();
        var second = (await admin.PostAsync($"/api-keys/{id}/revoke")).Ok();

        Assert.Equal(first.Text("revoked_at"), second.Text("revoked_at"));
        var listed = (await admin.GetAsync("/api-keys")).Ok().List("api_keys").Single(key => key.Text("id") == id);
        Assert.Equal(first.Text("revoked_at"), listed.Text("revoked_at"));
    }

    [Fact]
    public async Task Revoke_OfAnotherOrganizationsKey_Is404AndTheKeyStays()
    {
        var (owner, other) = (await server.OrganizationAsync("Owns a key"), await server.OrganizationAsync("Revokes others' keys"));
        var key = await owner.CreateKeyAsync(Scopes.DevicesRead);

        (await other.PostAsync($"/api-keys/{key.Text("id")}/revoke")).Refused(404, ErrorCodes.NotFound);

        (await owner.With(key.Text("api_key")).GetAsync("/devices")).Ok();
        Assert.DoesNotContain(key.Text("id"), (await other.GetAsync("/api-keys")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithAScopeThatTheCallerLacks_Is403()
    {
        var admin = await server.OrganizationAsync("Gives what it lacks");

        var problem = (await admin.PostAsync("/api-keys", new { name = "k", scopes = new[] { Scopes.Operator } })).Refused(403, ErrorCodes.MissingScope);

        Assert.Equal(Scopes.Operator, problem.Text("scope"));
    }

    [Fact]
    public async Task Key_ThatExpires_IsRefusedFromThenOn()
    {
        var admin = await server.OrganizationAsync("Keys expire");
        var expires = DateTimeOffset.UtcNow.AddSeconds(5);
        var created = (await admin.PostAsync("/api-keys", new { name = "short", scopes = new[] { Scopes.DevicesRead }, expires_at = expires })).Ok();
        var holder = admin.With(created.Text("api_key"));

        await Patience.UntilAsync("the key to expire", async () => (await holder.GetAsync("/devices")).Status is System.Net.HttpStatusCode.Unauthorized);

        Assert.True(DateTimeOffset.UtcNow >= expires);
        var listed = (await admin.GetAsync("/api-keys")).Ok().List("api_keys").Single(key => key.Text("id") == created.Text("id"));
        Assert.Equal(expires, listed.GetProperty("expires_at").GetDateTimeOffset());
        (await admin.PostAsync("/api-keys", new { name = "k", scopes = new[] { Scopes.DevicesRead }, expires_at = expires })).RefusedFor("expires_at");
    }

    [Fact]
    public async Task List_SaysWhenAKeyWasLastUsed()
    {
        var admin = await server.OrganizationAsync("Uses keys");
        var (used, unused) = (await admin.CreateKeyAsync(Scopes.DevicesRead), await admin.CreateKeyAsync(Scopes.DevicesRead));
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        (await admin.With(used.Text("api_key")).GetAsync("/devices")).Ok();

        var keys = (await admin.GetAsync("/api-keys")).Ok().List("api_keys").ToDictionary(key => key.Text("id"));
        Assert.True(keys[used.Text("id")].GetProperty("last_used_at").GetDateTimeOffset() > before);
        Assert.False(keys[unused.Text("id")].Has("last_used_at"));
    }

    [Fact]
    public async Task Create_WithBadFields_Is400AndNamesThem()
    {
        var admin = await server.OrganizationAsync("Bad keys");

        (await admin.PostAsync("/api-keys", new { name = "", scopes = new[] { Scopes.DevicesRead } })).RefusedFor("name");
        (await admin.PostAsync("/api-keys", new { name = "k", scopes = Array.Empty<string>() })).RefusedFor("scopes");
        (await admin.PostAsync("/api-keys", new { name = "k", scopes = new[] { "devices:everything" } })).RefusedFor("scopes");
        (await admin.PostAsync("/api-keys", new { scopes = new[] { Scopes.DevicesRead } })).RefusedFor("name");
        (await admin.PostAsync("/api-keys", new { name = "k", scopes = "devices:read" })).RefusedFor("scopes");
    }
}
