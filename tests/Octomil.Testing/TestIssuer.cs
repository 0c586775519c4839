using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Octomil.Testing;

/// <summary>
/// A small OpenID Connect provider on loopback: discovery document, key set, and the device authorization grant, where the test is the
/// person who opens the page. Tokens are signed by hand with RSA (RFC 7515, RS256), so not by the library that checks them.
/// </summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string ClientId = "octomil";

    private readonly WebApplication _application;
    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, string> _answers = new(StringComparer.Ordinal);
    private int _polls;

    private TestIssuer(WebApplication application) => _application = application;

    public string Authority { get; private set; } = "";

    /// <summary>How often the token endpoint was asked.</summary>
    public int Polls => _polls;

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var issuer = new TestIssuer(builder.Build());
        issuer.Map();
        await issuer._application.StartAsync();
        issuer.Authority = issuer._application.Urls.Single();
        return issuer;
    }

    /// <summary>The person says yes on the page: the next poll gets the ID token.</summary>
    public void Approve(string idToken) => _answers["device-code"] = idToken;

    /// <summary>An ID token of this provider.</summary>
    /// <param name="email">The account's address.</param>
    /// <param name="subject">The account.</param>
    /// <param name="verified">Whether the provider verified the address.</param>
    /// <param name="audience">For whom.</param>
    /// <param name="key">Signs it; null: the provider's own key.</param>
    /// <param name="expires">Null: in five minutes.</param>
    public string IdToken(
        string email, string subject = "subject-1", bool verified = true, string audience = ClientId, RSA? key = null, DateTimeOffset? expires = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var header = Part(new { alg = "RS256", typ = "JWT", kid = "key-1" });
        var payload = Part(new
        {
            iss = Authority, sub = subject, aud = audience, email, email_verified = verified,
            iat = now.AddHours(-1).ToUnixTimeSeconds(), nbf = now.AddHours(-1).ToUnixTimeSeconds(), exp = (expires ?? now.AddMinutes(5)).ToUnixTimeSeconds(),
        });
        var signature = (key ?? _key).SignData(System.Text.Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{header}.{payload}.{Base64Url.EncodeToString(signature)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _key.Dispose();
    }

    private static string Part(object content) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(content));

    private void Map()
    {
        _application.MapGet("/.well-known/openid-configuration", context => context.Response.WriteAsJsonAsync(new Dictionary<string, object>
        {
            ["issuer"] = Authority,
            ["jwks_uri"] = $"{Authority}/keys",
            ["device_authorization_endpoint"] = $"{Authority}/device",
            ["token_endpoint"] = $"{Authority}/token",
            ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
        }));
        var parameters = _key.ExportParameters(includePrivateParameters: false);
        _application.MapGet("/keys", context => context.Response.WriteAsJsonAsync(new
        {
            keys = new[]
            {
                new { kty = "RSA", use = "sig", alg = "RS256", kid = "key-1", n = Base64Url.EncodeToString(parameters.Modulus), e = Base64Url.EncodeToString(parameters.Exponent) },
            },
        }));
        _application.MapPost("/device", context => context.Response.WriteAsJsonAsync(new
        {
            device_code = "device-code", user_code = "ABCD-EFGH", verification_uri = $"{Authority}/page", expires_in = 600, interval = 1,
        }));
        _application.MapPost("/token", TokenAsync);
    }

    private async Task TokenAsync(HttpContext context)
    {
        Interlocked.Increment(ref _polls);
        var form = await context.Request.ReadFormAsync();
        var isAsked = form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code" && form["client_id"] == ClientId;
        if (isAsked && _answers.TryGetValue(form["device_code"].ToString(), out var token))
        {
            await context.Response.WriteAsJsonAsync(new { id_token = token, token_type = "Bearer", access_token = "opaque" });
            return;
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        await context.Response.WriteAsJsonAsync(new { error = isAsked ? "authorization_pending" : "invalid_grant" });
    }
}
