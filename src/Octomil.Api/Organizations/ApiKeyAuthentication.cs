using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Octomil.Organizations;

/// <summary>
/// Knows a caller by its API key. A revoked key ends at once, on every silo.
/// </summary>
internal sealed partial class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyGrants grants)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    // Pages that people open in a browser, which asks for a name and a password and sends them with each request.
    private static readonly PathString _pages = "/orleans";

    private bool IsPage => Request.Path.StartsWithSegments(_pages);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Secret() is not { } secret)
        {
            return AuthenticateResult.NoResult();
        }

        // What cannot be a key is not worth a grain's activation.
        if (!KeyPattern().IsMatch(secret) || await grants.FindAsync(secret) is not { } grant)
        {
            return AuthenticateResult.Fail("The API key is unknown or revoked.");
        }

        return AuthenticateResult.Success(new AuthenticationTicket(Caller.Principal(grant, SchemeName), SchemeName));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var given = Secret() is not null;
        Response.Headers.WWWAuthenticate = IsPage ? "Basic realm=\"An operator's API key as the password\"" : given ? "Bearer error=\"invalid_token\"" : "Bearer";
        var detail = given
            ? "The API key is unknown or revoked."
            : "An API key is needed: Authorization: Bearer edg_...";
        await new Refusal(StatusCodes.Status401Unauthorized, ErrorCodes.Unauthorized, detail).ExecuteAsync(Context);
    }

    private string? Secret()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return header[Bearer.Length..].Trim();
        }

        if (IsPage && header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return Password(header[Basic.Length..].Trim());
        }

        // Browsers and WebSocket clients cannot set the header; SignalR sends the token so. A query ends in logs, so only there.
        return Request.Path.StartsWithSegments(Devices.DeviceHub.Path) && Request.Query["access_token"] is [{ Length: > 0 } token] ? token : null;
    }

    private static string Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        var text = Convert.TryFromBase64String(encoded, bytes, out var count) ? Encoding.UTF8.GetString(bytes, 0, count) : "";
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    [GeneratedRegex("^edg_[0-9A-Za-z_-]{8,124}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}
