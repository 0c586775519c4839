using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Octomil.Organizations;

/// <summary>Whoever sends a request: an API key, a person, or a device. The organization is always theirs, whatever a request says.</summary>
internal sealed record Caller(string OrganizationId, Actor Actor, IReadOnlySet<string> Scopes)
{
    /// <summary>The API key that is used, or that a device's token was made with; null: a person.</summary>
    public string? KeyId { get; init; }

    /// <summary>SHA-256 of that key.</summary>
    public string? KeyHash { get; init; }

    /// <summary>The only device that the caller may act for; null: any of the organization's.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The connection's certificate is not that of the device; nothing is done for it.</summary>
    public bool HasWrongCertificate { get; init; }

    /// <summary>The person's role, see <see cref="Roles"/>; null: not a person.</summary>
    public string? Role { get; init; }

    /// <summary>The person's session.</summary>
    public string? SessionId { get; init; }

    /// <summary>Whether an owner speaks; whoever runs the service may do what an owner may in an organization of theirs.</summary>
    public bool IsOwner => Role is Roles.Owner || May(Octomil.Scopes.Operator);

    /// <summary>The same key, for one device alone: a token of its own, or its certificate.</summary>
    public Caller ForDevice(string deviceId) => this with
    {
        Actor = new Actor(ActorKind.Device, deviceId),
        Scopes = Scopes.Where(scope => scope is Octomil.Scopes.DevicesWrite or Octomil.Scopes.ModelsRead).ToHashSet(StringComparer.Ordinal),
        DeviceId = deviceId,
    };

    /// <summary>Whether the caller has the scope; whoever may write may also read.</summary>
    public bool May(string scope) =>
        Scopes.Contains(scope) || (scope.EndsWith(":read", StringComparison.Ordinal) && Scopes.Contains(string.Concat(scope.AsSpan(0, scope.Length - 4), "write")));

    public ClaimsPrincipal Principal(string scheme) => new(new CallerIdentity(this, scheme));

    public static Caller OfKey(ApiKeyGrant grant, string keyHash) =>
        new(grant.OrganizationId, new Actor(ActorKind.Key, grant.KeyId, grant.Name), grant.Scopes.ToHashSet(StringComparer.Ordinal)) 
        {
            KeyId = grant.KeyId,
            KeyHash = keyHash,
        };

    public static Caller? Of(ClaimsPrincipal? principal) => principal?.Identities.OfType<CallerIdentity>().FirstOrDefault()?.Caller;

    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context.User));

    private sealed class CallerIdentity(Caller caller, string scheme) : ClaimsIdentity(scheme)
    {
        public Caller Caller { get; } = caller;
    }
}
