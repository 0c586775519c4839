using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Octomil.Organizations;

/// <summary>Section <c>Octomil:Authentication:Oidc</c>: the identity provider at which people sign in.</summary>
internal sealed class OidcOptions
{
    public const string Section = "Octomil:Authentication:Oidc";

    /// <summary>The issuer's address, under which its discovery document is. Without one people have passwords here.</summary>
    [Url]
    public string? Authority { get; set; }

    /// <summary>As which the command line is registered there: a public client with the device authorization grant.</summary>
    public string ClientId { get; set; } = "octomil";

    [Required]
    public string Scope { get; set; } = "openid email profile";

    /// <summary>False lets the authority be http, for tests on one machine.</summary>
    public bool RequireHttps { get; set; } = true;

    /// <summary>
    /// Whether the provider must say that it verified the address (<c>email_verified</c>). Only for a provider where people cannot
    /// choose their own address may this be false: the address says who they are.
    /// </summary>
    public bool RequireVerifiedEmail { get; set; } = true;
}

[OptionsValidator]
internal sealed partial class OidcOptionsValidator : IValidateOptions<OidcOptions>;

/// <summary>Whom an ID token is about. The JWT bearer handler checks its signature, issuer, audience and time.</summary>
internal sealed class Oidc(IOptions<OidcOptions> options) : IConfigureNamedOptions<JwtBearerOptions>
{
    public const string SchemeName = "Oidc";

    private static readonly object _token = new();

    public OidcMethod? Method => options.Value.Authority is { } authority
        ? new OidcMethod { Authority = authority, ClientId = options.Value.ClientId, Scope = options.Value.Scope }
        : null;

    public void Configure(JwtBearerOptions jwt) => Configure(null, jwt);

    public void Configure(string? name, JwtBearerOptions jwt)
    {
        if (name != SchemeName)
        {
            return;
        }

        jwt.Authority = options.Value.Authority;
        jwt.Audience = options.Value.ClientId;
        jwt.RequireHttpsMetadata = options.Value.RequireHttps;
        jwt.MapInboundClaims = false;
        jwt.Events = new JwtBearerEvents
        {
            // It comes in the body: as the bearer of a request it is no token of this service.
            OnMessageReceived = context =>
            {
                context.Token = context.HttpContext.Items.TryGetValue(_token, out var token) ? token as string : null;
                return Task.CompletedTask;
            },
        };
    }

    public async Task<(OidcAccount? Account, Refusal? Refusal)> ReadAsync(HttpContext http, string idToken)
    {
        if (options.Value.Authority is null)
        {
            return (null, Refusal.Conflict(ErrorCodes.InvalidRequest, "No identity provider is configured here. Sign in with a password: octomil login --email EMAIL."));
        }

        http.Items[_token] = idToken;
        var result = await http.AuthenticateAsync(SchemeName);
        if (!result.Succeeded)
        {
            return (null, new Refusal(StatusCodes.Status401Unauthorized, ErrorCodes.WrongCredentials, "The ID token is not one of the configured provider for this service, or is too old."));
        }

        var claims = result.Principal;
        var (issuer, subject, email) = (claims.FindFirst("iss")?.Value, claims.FindFirst("sub")?.Value, claims.FindFirst("email")?.Value);
        if (issuer is null || subject is null || email is null)
        {
            return (null, Refusal.Invalid("The ID token has no email: the provider must give the scope email."));
        }

        var verified = string.Equals(claims.FindFirst("email_verified")?.Value, "true", StringComparison.OrdinalIgnoreCase);
        return options.Value.RequireVerifiedEmail && !verified
            ? (null, new Refusal(StatusCodes.Status401Unauthorized, ErrorCodes.WrongCredentials, "The provider has not verified the account's e-mail address."))
            : (new OidcAccount(email, $"{issuer}\n{subject}"), null);
    }
}

/// <summary>A verified account at the provider.</summary>
internal sealed record OidcAccount(string Email, string Subject);
