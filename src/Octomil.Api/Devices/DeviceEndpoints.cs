using System.Collections.Immutable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Deployments;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>The devices of the caller's organization.</summary>
internal static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder api)
    {
        var devices = api.MapGroup("/devices").WithTags("Devices");
        devices.MapPost("/register", RegisterAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("Registers a device, or says anew what it is: an upsert by the key's organization and device_identifier.");
        devices.MapMethods("/{device}/heartbeat", [HttpMethods.Post, HttpMethods.Put], HeartbeatAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("Keeps a polling device among those that may be selected.");
        devices.MapDeviceTokens();
        devices.MapDeviceCertificates();
        devices.MapGet("", ListAsync).RequireScope(Scopes.DevicesRead)
            .WithSummary("A page of the devices, by identifier; of one group, if it is named.");
        devices.MapGet("/{device}", GetAsync).RequireScope(Scopes.DevicesRead).OfDeviceProtocol()
            .WithSummary("One device, by id or identifier.");

        // Devices hold keys with devices:write; none of them may put another one out.
        devices.MapPost("/{device}/revoke", RevokeAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Revokes a device for ever: its connections end at once, on every server, and it is refused from then on. Again is the same.");
    }

    private static async Task<Results<Ok<DeviceResponse>, Refusal>> RegisterAsync(
        RegisterDeviceRequest request, HttpContext http, Caller caller, IGrainFactory grains, DeviceCertificates certificates)
    {
        if (DeviceFactTexts.Check(request).Refusal is { } invalid)
        {
            return invalid;
        }

        var id = GrainKeys.DeviceId(caller.OrganizationId, request.DeviceIdentifier);
        if (caller.DeviceId is not null && caller.DeviceId != id)
        {
            return Refusal.Forbidden(ErrorCodes.WrongDevice, "This token or certificate is another device's. It registers no other.");
        }

        var device = await grains.GetDevice(id).RegisterAsync(caller.OrganizationId, new DeviceDescription
        {
            Identifier = request.DeviceIdentifier,
            Platform = request.Platform,
            SdkVersion = request.SdkVersion,
            Facts = DeviceFactTexts.Read(request),
        });
        if (device is null)
        {
            return Refusal.Conflict(ErrorCodes.NameTaken, "This device_identifier cannot be used. Take another.");
        }

        if (device.RevokedAt is not null)
        {
            return Refusal.DeviceRevoked();
        }

        await certificates.PinFirstAsync(http, caller, id);
        return TypedResults.Ok(Response(device));
    }

    private static async Task<Results<Ok<HeartbeatResponse>, Refusal>> HeartbeatAsync(
        string device, DeviceFacts? facts, Caller caller, IGrainFactory grains, DeviceVersions versions, TimeProvider clock)
    {
        if (DeviceFactTexts.Check(facts).Refusal is { } invalid)
        {
            return invalid;
        }

        var id = DeviceNames.Id(caller, device);
        return await grains.GetDevice(id).SeenAsync(caller.OrganizationId, connectedTo: null, DeviceFactTexts.Read(facts)) switch
        {
            SeenResult.Seen => TypedResults.Ok(new HeartbeatResponse
            {
                Status = "active", ServerTime = clock.GetUtcNow(), Versions = await versions.ForAsync(caller.OrganizationId, id),
            }),
            SeenResult.Revoked => Refusal.DeviceRevoked(),
            _ => Refusal.NotFound("device", device),
        };
    }

    private static async Task<Results<Ok<DeviceList>, Refusal>> ListAsync(
        Caller caller, IDeviceRegistry registry, IDeviceLocator locator, CancellationToken cancellationToken, string? group = null, int limit = 100, int offset = 0)
    {
        if (new FieldChecks().Page(limit, offset).Refusal is { } invalid)
        {
            return invalid;
        }

        var page = await registry.ListAsync(caller.OrganizationId, group, limit, offset, cancellationToken);
        var connected = await locator.FindConnectedAsync(caller.OrganizationId, page.Devices.Select(device => device.Id));
        return TypedResults.Ok(new DeviceList
        {
            Devices = [.. page.Devices.Select(device => Response(device) with { Connected = connected.Contains(device.Id) })],
            Total = page.Total,
            Limit = limit,
            Offset = offset,
        });
    }

    private static async Task<Results<Ok<DeviceResponse>, Refusal>> RevokeAsync(string device, Caller caller, IGrainFactory grains) =>
        await grains.GetDevice(DeviceNames.Id(caller, device)).RevokeAsync(caller.OrganizationId) is { } revoked
            ? TypedResults.Ok(Response(revoked))
            : Refusal.NotFound("device", device);

    private static async Task<Results<Ok<DeviceResponse>, Refusal>> GetAsync(string device, Caller caller, DeviceNames names) =>
        (await names.FindAsync(caller, device)).Is(out var found, out var refusal) ? TypedResults.Ok(Response(found)) : refusal;

    private static DeviceResponse Response(DeviceSnapshot device) => WithFacts(device.Description.Facts, device.Reported, new DeviceResponse
    {
        Id = device.Id,
        DeviceIdentifier = device.Description.Identifier,
        OrgId = device.OrganizationId,
        Status = device.RevokedAt is null ? "active" : "revoked",
        RegisteredAt = device.RegisteredAt,
        LastSeenAt = device.LastSeenAt,
        Connected = device.Connected,
        Platform = device.Description.Platform,
        SdkVersion = device.Description.SdkVersion,
        Groups = [.. device.Groups],
    });

    private static DeviceResponse Response(DeviceRow device) => WithFacts(device.Facts, device.Reported, new DeviceResponse
    {
        Id = device.Id,
        DeviceIdentifier = device.Identifier,
        OrgId = device.OrganizationId,
        Status = device.RevokedAt is null ? "active" : "revoked",
        RegisteredAt = device.RegisteredAt,
        LastSeenAt = device.LastSeenAt,
        Platform = device.Platform,
        SdkVersion = device.SdkVersion,
        Groups = [.. device.Groups],
    });

    private static DeviceResponse WithFacts(
        ImmutableSortedDictionary<string, string> registered, ImmutableSortedDictionary<string, string> reported, DeviceResponse device)
    {
        var facts = registered.SetItems(reported);
        return device with
        {
            OsVersion = facts.GetValueOrDefault("os_version"),
            SdkVersion = facts.GetValueOrDefault("sdk_version") ?? device.SdkVersion,
            AppVersion = facts.GetValueOrDefault("app_version"),
            Facts = facts,
        };
    }
}
