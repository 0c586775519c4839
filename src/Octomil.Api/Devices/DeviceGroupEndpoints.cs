using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>The device groups of the caller's organization.</summary>
internal static class DeviceGroupEndpoints
{
    private const int MostDevices = 10_000;

    public static void MapDeviceGroups(this IEndpointRouteBuilder api)
    {
        var groups = api.MapGroup("/device-groups").WithTags("Device groups");
        groups.MapPost("", CreateAsync).RequireScope(Scopes.DevicesWrite)
            .WithSummary("Adds a group; again is the same.");
        groups.MapGet("", ListAsync).RequireScope(Scopes.DevicesRead)
            .WithSummary("The groups and how many devices each has.");
        groups.MapPost("/{group}/devices", AddDevicesAsync).RequireScope(Scopes.DevicesWrite)
            .WithSummary("Puts devices, by id or identifier, into a group; again is the same.");
    }

    private static async Task<Results<Ok<GroupResponse>, Refusal>> CreateAsync(
        CreateGroupRequest request, Caller caller, IGrainFactory grains, IDeviceRegistry registry, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks()
            .Name("name", request.Name)
            .Text("description", request.Description)
            .Require(request.Mode == "static", "mode", "must be static: groups by rule are not available yet");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var group = await grains.GetOrganization(caller.OrganizationId).CreateGroupAsync(request.Name, request.Description);
        return TypedResults.Ok(await ResponseAsync(group, caller, registry, cancellationToken));
    }

    private static async Task<Results<Ok<GroupList>, Refusal>> ListAsync(
        Caller caller, IGrainFactory grains, IDeviceRegistry registry, CancellationToken cancellationToken)
    {
        if (await grains.GetOrganization(caller.OrganizationId).GetAsync() is not { } organization)
        {
            return Refusal.NotFound("organization", caller.OrganizationId);
        }

        var groups = await FanOut.ReadAsync(
            organization.Groups.Values, async group => (GroupResponse?)await ResponseAsync(group, caller, registry, cancellationToken));
        return TypedResults.Ok(new GroupList { Groups = groups });
    }

    private static async Task<Results<Ok<AddDevicesResponse>, Refusal>> AddDevicesAsync(
        string group, AddDevicesRequest request, Caller caller, IGrainFactory grains)
    {
        var checks = new FieldChecks().Require(
            request.Devices.Count is > 0 and <= MostDevices && request.Devices.All(device => device is { Length: > 0 and <= 128 }),
            "devices", $"must be 1 to {MostDevices} ids or identifiers of devices");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        if (await grains.GetOrganization(caller.OrganizationId).GetAsync() is not { } organization || !organization.Groups.ContainsKey(group))
        {
            return Refusal.NotFound("device group", group);
        }

        var devices = request.Devices.Distinct(StringComparer.Ordinal).ToList();
        var unknown = await FanOut.ReadAsync(devices, async device =>
            await grains.GetDevice(DeviceNames.Id(caller, device)).AddToGroupAsync(caller.OrganizationId, group) ? null : device);
        return unknown.Count == 0
            ? TypedResults.Ok(new AddDevicesResponse { Added = devices.Count })
            : Refusal.NotFound("device", string.Join("', '", unknown)).With("unknown", unknown).With("added", devices.Count - unknown.Count);
    }

    private static async Task<GroupResponse> ResponseAsync(
        DeviceGroup group, Caller caller, IDeviceRegistry registry, CancellationToken cancellationToken) => new()
        {
            Name = group.Name,
            Mode = "static",
            Description = group.Description,
            DeviceCount = await registry.CountAsync(caller.OrganizationId, group.Name, cancellationToken),
        };
}
