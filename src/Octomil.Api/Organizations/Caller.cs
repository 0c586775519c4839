using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Octomil.Organizations;

/// <summary>Whoever holds the API key of a request. The organization is always the key's, whatever a request says.</summary>
internal sealed record Caller(string OrganizationId, string KeyId, IReadOnlySet<string> Scopes)
{
    private const string OrganizationClaim = "octomil:organization";
    private const string KeyClaim = "octomil:key";
    private const string ScopeClaim = "octomil:scope";

    /// <summary>Whether the key has the scope; whoever may write may also read.</summary>
    public bool May(string scope) =>
        Scopes.Contains(scope) || (scope.EndsWith(":read", StringComparison.Ordinal) && Scopes.Contains(string.Concat(scope.AsSpan(0, scope.Length - 4), "write")));

    public static ClaimsPrincipal Principal(ApiKeyGrant grant, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(OrganizationClaim, grant.OrganizationId),
            new Claim(KeyClaim, grant.KeyId),
            .. grant.Scopes.Select(scope => new Claim(ScopeClaim, scope)),
        ],
        scheme));

    public static Caller? Of(ClaimsPrincipal? principal) =>
        principal?.FindFirstValue(OrganizationClaim) is { } organization && principal.FindFirstValue(KeyClaim) is { } key
            ? new Caller(organization, key, principal.FindAll(ScopeClaim).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal))
            : null;

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context.User));
}
