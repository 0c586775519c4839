using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class AuthenticationTests(ApiServer server)
{
    private const string Path = "/organizations/current";

    [Fact]
    public async Task Call_WithoutAKey_Is401AndSaysHowToSendOne()
    {
        var answer = await server.Anonymous.GetAsync(Path);

        var problem = answer.Refused(401, ErrorCodes.Unauthorized);
        Assert.Contains("Authorization: Bearer", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("edg_live_00000000000000000000000000000000")]
    [InlineData("not a key")]
    [InlineData("edg_")]
    [InlineData("")]
    public async Task Call_WithAKeyThatDoesNotExist_Is401(string key) =>
        (await server.Anonymous.GetAsync(Path, ("Authorization", $"Bearer {key}"))).Refused(401, ErrorCodes.Unauthorized);

    [Fact]
    public async Task Call_WithTheKeyInTheQuery_Is401OutsideTheHub() =>
        (await server.Anonymous.GetAsync($"{Path}?access_token={server.Operator.Key}")).Refused(401, ErrorCodes.Unauthorized);

    [Fact]
    public async Task Negotiation_OfTheHub_TakesTheKeyFromTheQueryToo()
    {
        (await server.Anonymous.PostAsync($"/hubs/devices/negotiate?negotiateVersion=1&access_token={server.Operator.Key}")).Ok();
        (await server.Anonymous.PostAsync("/hubs/devices/negotiate?negotiateVersion=1&access_token=edg_live_wrong000")).Refused(401, ErrorCodes.Unauthorized);
        (await server.Anonymous.PostAsync("/hubs/devices/negotiate?negotiateVersion=1")).Refused(401, ErrorCodes.Unauthorized);
    }

    [Fact]
    public async Task Call_WithARevokedKey_Is401FromTheNextCallOn()
    {
        var admin = await server.OrganizationAsync("Revokes a key");
        var created = await admin.CreateKeyAsync(Scopes.DevicesRead);
        var holder = admin.With(created.Text("api_key"));
        (await holder.GetAsync(Path)).Ok();

        (await admin.PostAsync($"/api-keys/{created.Text("id")}/revoke")).Ok();

        (await holder.GetAsync(Path)).Refused(401, ErrorCodes.Unauthorized);
    }

    [Fact]
    public async Task WrongKeys_LockTheirAddressOutAndNoOther()
    {
        var (guesser, elsewhere) = (("X-Forwarded-For", "192.0.2.77"), ("X-Forwarded-For", "192.0.2.78"));

        // A device that was left with a wrong key sends the same one for ever, and is no guesser.
        for (var again = 0; again < 50; again++)
        {
            (await server.As("edg_live_left_with_a_wrong_key").GetAsync(Path, elsewhere)).Refused(401, ErrorCodes.Unauthorized);
        }

        for (var guess = 0; guess < 20; guess++)
        {
            (await server.As($"edg_live_guess_number_{guess}").GetAsync(Path, guesser)).Refused(401, ErrorCodes.Unauthorized);
        }

        // The first locks are short: on a slow machine one may be over before the next guess.
        var next = 20;
        var locked = await Patience.ForAsync<Answer>(
            "a lock",
            async () => await server.As($"edg_live_guess_number_{next++}").GetAsync(Path, guesser) is { Status: System.Net.HttpStatusCode.TooManyRequests } refused ? refused : null);

        locked.Refused(429, ErrorCodes.TooManyAttempts);
        Assert.True(locked.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        (await server.Operator.GetAsync(Path, elsewhere)).Ok();
        Assert.Contains(
            (await server.Operator.GetAsync("/audit")).Ok().List("entries"),
            entry => entry.Text("action") == "address.lock-out" && entry.Text("subject") == "192.0.2.77");
    }

    [Fact]
    public async Task Call_WithoutTheScope_Is403AndNamesIt()
    {
        var admin = await server.OrganizationAsync("Lacks a scope");
        var reader = await admin.WithScopesAsync(Scopes.DevicesRead);

        var answer = await reader.PostAsync("/models", new { name = "m" });

        Assert.Equal(Scopes.ModelsWrite, answer.Refused(403, ErrorCodes.MissingScope).Text("scope"));
        Assert.Contains("insufficient_scope", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WithTheWriteScope_MayReadToo()
    {
        var admin = await server.OrganizationAsync("Writes and reads");
        var writer = await admin.WithScopesAsync(Scopes.DevicesWrite);

        (await writer.GetAsync("/devices")).Ok();
    }
}
