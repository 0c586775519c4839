using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>
/// Knows a caller by what it sends as the bearer: an API key, or the token of a person or a device (<see cref="Callers"/>). An address
/// that guesses is not listened to for a while (<see cref="AddressGuard"/>).
/// </summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Callers callers, AddressGuard guard,
    DeviceCertificates certificates)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    // Pages that people open in a browser, which asks for a name and a password and sends them with each request.
    private static readonly PathString _pages = "/orleans";

    private TimeSpan _locked;

    private bool IsPage => Request.Path.StartsWithSegments(_pages);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Secret() is not { } secret)
        {
            return AuthenticateResult.NoResult();
        }

        _locked = guard.WaitOf(Context.Connection.RemoteIpAddress);
        if (_locked > TimeSpan.Zero)
        {
            return AuthenticateResult.Fail("The address is locked out.");
        }

        var (caller, isGuess) = await FindAsync(secret);
        if (isGuess)
        {
            await guard.WrongAsync(Context.Connection.RemoteIpAddress, secret);
        }

        return caller is null
            ? AuthenticateResult.Fail("The API key or token is unknown, revoked or expired.")
            : AuthenticateResult.Success(new AuthenticationTicket((await certificates.BindToDeviceAsync(Context, caller)).Principal(SchemeName), SchemeName));
    }

    private async Task<(Caller? Caller, bool IsGuess)> FindAsync(string secret)
    {
        try
        {
            return await callers.FindAsync(secret);
        }
        catch (SiloUnavailableException)
        {
            // It was on a silo that died, which is known by now. Without the second call every connection that polls would end here.
            return await callers.FindAsync(secret);
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (_locked > TimeSpan.Zero)
        {
            await new Refusal(
                StatusCodes.Status429TooManyRequests, ErrorCodes.TooManyAttempts,
                "Too many wrong keys came from this address. It is not listened to for a while; then send a good one.").RetryAfter(_locked).ExecuteAsync(Context);
            return;
        }

        var given = Secret() is not null;
        Response.Headers.WWWAuthenticate = IsPage ? "Basic realm=\"An operator's API key as the password\"" : given ? "Bearer error=\"invalid_token\"" : "Bearer";
        var detail = given
            ? "The API key or token is unknown, revoked or expired."
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
        return Request.Path.StartsWithSegments(DeviceHub.Path) && Request.Query["access_token"] is [{ Length: > 0 } token] ? token : null;
    }

    private static string Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        var text = Convert.TryFromBase64String(encoded, bytes, out var count) ? Encoding.UTF8.GetString(bytes, 0, count) : "";
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
