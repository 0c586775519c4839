using System.Security.Cryptography;
using Octomil.Api.Tests.Fixtures;
using Octomil.Organizations;
using Octomil.Testing;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>A server with an identity provider, and with limits that a test can reach.</summary>
public sealed class SingleSignOnTests : IAsyncLifetime
{
    private const string Members = "/orgs/default/members";

    private TestIssuer? _issuer;
    private Server? _server;

    private TestIssuer Issuer => _issuer!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TestIssuer.StartAsync();
        _server = new Server(_issuer.Authority);
        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _issuer!.DisposeAsync();
    }

    [Fact]
    public async Task SignIn_WithTokensOfTheProvider_IsAsTheyDeserve()
    {
        var admin = await _server!.OrganizationAsync("Signs on");
        var invited = (await admin.PostAsync(Members, new { email = "ada@sso.example", role = Roles.Member })).Ok().Text("invitation");

        // Before she joined, a good token is nobody's; with the invitation of another neither.
        (await SsoAsync(Issuer.IdToken("ada@sso.example"))).Refused(401, ErrorCodes.WrongCredentials);
        (await SsoAsync(Issuer.IdToken("eve@sso.example"), invited)).Refused(403, ErrorCodes.WrongCredentials);

        var joined = (await SsoAsync(Issuer.IdToken("ada@sso.example"), invited)).Ok();
        Assert.Equal((admin.OrganizationId, Roles.Member), (joined.Text("org_id"), joined.Text("role")));
        (await _server.As(joined.Text("access_token")).GetAsync("/models")).Ok();
        (await SsoAsync(Issuer.IdToken("ADA@sso.example"))).Ok();

        using var stranger = RSA.Create(2048);
        (await SsoAsync(Issuer.IdToken("ada@sso.example", key: stranger))).Refused(401, ErrorCodes.WrongCredentials);
        (await SsoAsync(Issuer.IdToken("ada@sso.example", audience: "another-client"))).Refused(401, ErrorCodes.WrongCredentials);
        (await SsoAsync(Issuer.IdToken("ada@sso.example", expires: DateTimeOffset.UtcNow.AddMinutes(-30)))).Refused(401, ErrorCodes.WrongCredentials);
        (await SsoAsync(Issuer.IdToken("ada@sso.example", verified: false))).Refused(401, ErrorCodes.WrongCredentials);
        (await SsoAsync(Issuer.IdToken("ada@sso.example", subject: "whoever got the address later"))).Refused(401, ErrorCodes.WrongCredentials);
        (await SsoAsync("not a token")).Refused(401, ErrorCodes.WrongCredentials);

        // An ID token is for this endpoint: it is no key.
        (await _server.As(Issuer.IdToken("ada@sso.example")).GetAsync("/models")).Refused(401, ErrorCodes.Unauthorized);
        Assert.Equal(Issuer.Authority, (await _server.Anonymous.GetAsync("/auth/methods")).Ok().GetProperty("oidc").Text("authority"));
    }

    [Fact]
    public async Task Requests_BeyondTheRateOfAKey_Are429AndAnotherKeyGoesOn()
    {
        var admin = await _server!.OrganizationAsync("Hurries");
        var (fast, other) = (await admin.WithScopesAsync(Scopes.ModelsRead), await admin.WithScopesAsync(Scopes.ModelsRead));

        var answers = await Task.WhenAll(Enumerable.Range(0, 3 * Server.AtOnce).Select(_ => fast.GetAsync("/models")));

        var refused = answers.Where(answer => answer.Status is System.Net.HttpStatusCode.TooManyRequests).ToList();
        Assert.InRange(refused.Count, 1, 2 * Server.AtOnce);
        Assert.All(refused, answer => answer.Refused(429, ErrorCodes.RateLimited));
        Assert.All(refused, answer => Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero));
        (await other.GetAsync("/models")).Ok();
    }

    private Task<Answer> SsoAsync(string token, string? invitation = null) => _server!.Anonymous.PostAsync("/auth/sso", new { id_token = token, invitation });

    private sealed class Server(string authority) : RunningServer(
        ("Octomil:Authentication:Oidc:Authority", authority),
        ("Octomil:Authentication:Oidc:RequireHttps", "false"),
        ("Octomil:RateLimits:CallerPerSecond", "1"),
        ("Octomil:RateLimits:CallerAtOnce", "40"))
    {
        public const int AtOnce = 40;
    }
}
