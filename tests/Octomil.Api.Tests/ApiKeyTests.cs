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
