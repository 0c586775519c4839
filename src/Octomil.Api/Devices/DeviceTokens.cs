using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>
/// Tokens for one device each: what a device keeps instead of the organization's key. They end with the key that they were made with.
/// </summary>
internal sealed class DeviceTokens(IGrainFactory grains, SealedTokens tokens, IIdSource ids, IAuditLog audit, IOptions<AccessOptions> options, TimeProvider clock)
{
    public async Task<DeviceTokenResponse?> MintAsync(Caller caller, string deviceId)
    {
        var family = await grains.GetDeviceToken(deviceId).MintAsync(caller.OrganizationId, ids.NewId("dtk_", 16), caller.KeyHash!, options.Value.Device);
        return family is null ? null : Response(caller.OrganizationId, deviceId, family);
    }

    /// <summary>Null: the token is not, or no longer, good.</summary>
    public async Task<DeviceTokenResponse?> RefreshAsync(DeviceRefreshRequest request)
    {
        if (!tokens.TryOpen(SealedTokens.DeviceRefresh, request.RefreshToken, out var fields) || fields is not [var organization, var device, var family, var generation])
        {
            return null;
        }

        var refresh = new TokenRefresh
        {
            FamilyId = family,
            Generation = int.Parse(generation, CultureInfo.InvariantCulture),
            AttemptHash = request.Attempt is null ? null : GrainKeys.HashOfSecret(request.Attempt),
        };
        var refreshed = await grains.GetDeviceToken(device).RefreshAsync(organization, refresh, options.Value.Device);
        if (refreshed.WasReused)
        {
            await audit.AppendAsync(AuditEntry.ByService(organization, "device.token-reuse", device, clock.GetUtcNow()), CancellationToken.None);
        }

        // A key that was revoked gives no new tokens either.
        return refreshed.Family is { KeyHash: { } keyHash } next && await grains.GetApiKeyByHash(keyHash).GetAsync() is not null
            ? Response(organization, device, next)
            : null;
    }

    private DeviceTokenResponse Response(string organizationId, string deviceId, TokenFamily family)
    {
        var generation = family.Generation.ToString(CultureInfo.InvariantCulture);
        return new DeviceTokenResponse
        {
            DeviceId = deviceId,
            AccessToken = tokens.Seal(SealedTokens.DeviceAccess, clock.GetUtcNow() + options.Value.DeviceToken, organizationId, deviceId, family.Id, family.KeyHash!),
            RefreshToken = tokens.Seal(SealedTokens.DeviceRefresh, family.ExpiresAt, organizationId, deviceId, family.Id, generation),
            ExpiresIn = (int)options.Value.DeviceToken.TotalSeconds,
        };
    }
}

/// <summary>How devices come by them.</summary>
internal static class DeviceTokenEndpoints
{
    private const int ShortestAttempt = 16;
    private const int LongestAttempt = 128;

    public static void MapDeviceTokens(this IEndpointRouteBuilder devices) => devices
        .MapPost("/{device}/token", MintAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
        .WithSummary("A short-lived token that acts for this device alone, here and at the hub, and one to refresh it with. An earlier one ends.");

    public static void MapDeviceTokenRefresh(this IEndpointRouteBuilder auth) => auth
        .MapPost("/device/refresh", RefreshAsync).OfDeviceProtocol()
        .WithSummary("The next token of a device. A refresh token is good once: one that is used again ends the device's tokens, but for the same attempt, whose answer got lost.");

    private static async Task<Results<Ok<DeviceTokenResponse>, Refusal>> MintAsync(string device, Caller caller, DeviceTokens tokens, DeviceNames names)
    {
        if (caller.KeyHash is null)
        {
            return Refusal.Forbidden(ErrorCodes.WrongDevice, "A device's token is made with an API key that has devices:write, not by a person.");
        }

        if (!(await names.FindActiveAsync(caller, device)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        return await tokens.MintAsync(caller, found.Id) is { } response ? TypedResults.Ok(response) : Refusal.NotFound("device", device);
    }

    private static async Task<Results<Ok<DeviceTokenResponse>, Refusal>> RefreshAsync(DeviceRefreshRequest request, DeviceTokens tokens)
    {
        var checks = new FieldChecks().Require(
            request.Attempt is null or { Length: >= ShortestAttempt and <= LongestAttempt }, "attempt", $"must be {ShortestAttempt} to {LongestAttempt} characters, or missing");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        return await tokens.RefreshAsync(request) is { } response
            ? TypedResults.Ok(response)
            : new Refusal(StatusCodes.Status401Unauthorized, ErrorCodes.Unauthorized, "The refresh token was used before, is too old, or its key is revoked. Make a new token with the key.");
    }
}
