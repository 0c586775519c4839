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
            .WithSummary("Adds a static, dynamic or hybrid group; again is the same.");
        groups.MapGet("", ListAsync).RequireScope(Scopes.DevicesRead)
            .WithSummary("The groups and how many devices each has.");
        groups.MapPost("/{group}/devices", AddDevicesAsync).RequireScope(Scopes.DevicesWrite)
            .WithSummary("Puts devices, by id or identifier, into a group; again is the same.");
        groups.MapPost("/{group}/devices/remove", RemoveDevicesAsync).RequireScope(Scopes.DevicesWrite)
            .WithSummary("Takes devices that were named into a group out of it; again is the same.");
        groups.MapGet("/{group}", GetAsync).RequireScope(Scopes.DevicesRead)
            .WithSummary("One group, and how many of its devices can be selected now.");
    }

    private static async Task<Results<Ok<GroupResponse>, Refusal>> CreateAsync(
        CreateGroupRequest request, Caller caller, IGrainFactory grains, IDeviceRegistry registry, CancellationToken cancellationToken)
    {
        if (!GroupRules.Read(request).Is(out var wanted, out var invalid))
        {
            return invalid;
        }

        var group = await grains.GetOrganization(caller.OrganizationId).CreateGroupAsync(request.Name, request.Description, wanted.Mode, wanted.Rules);
        return group.IsSameAs(wanted.Mode, wanted.Rules)
            ? TypedResults.Ok(await ResponseAsync(group, caller, registry, cancellationToken))
            : Refusal.Conflict(ErrorCodes.NameTaken, $"There is a group '{request.Name}' with another mode or other rules. Take another name.");
    }

    private static async Task<Results<Ok<GroupResponse>, Refusal>> GetAsync(
        string group, Caller caller, IGrainFactory grains, IDeviceRegistry registry, IDeviceLocator locator, CancellationToken cancellationToken) =>
        await FindAsync(group, caller, grains) is { } found
            ? TypedResults.Ok(await ResponseAsync(found, caller, registry, cancellationToken) with
            {
                ReadyDevices = await locator.CountReadyAsync(caller.OrganizationId, found.Name),
            })
            : Refusal.NotFound("device group", group);

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
        if (await CheckAsync(group, request.Devices, caller, grains) is { } refusal)
        {
            return refusal;
        }

        var (done, unknown) = await ChangeAsync(request.Devices, caller, grains, device => device.AddToGroupAsync(caller.OrganizationId, group));
        return unknown is null ? TypedResults.Ok(new AddDevicesResponse { Added = done }) : unknown.With("added", done);
    }

    private static async Task<Results<Ok<RemoveDevicesResponse>, Refusal>> RemoveDevicesAsync(
        string group, RemoveDevicesRequest request, Caller caller, IGrainFactory grains)
    {
        if (await CheckAsync(group, request.Devices, caller, grains) is { } refusal)
        {
            return refusal;
        }

        var (done, unknown) = await ChangeAsync(request.Devices, caller, grains, device => device.RemoveFromGroupAsync(caller.OrganizationId, group));
        return unknown is null ? TypedResults.Ok(new RemoveDevicesResponse { Removed = done }) : unknown.With("removed", done);
    }

    private static async Task<Refusal?> CheckAsync(string group, IReadOnlyList<string> devices, Caller caller, IGrainFactory grains)
    {
        var checks = new FieldChecks().Require(
            devices.Count is > 0 and <= MostDevices && devices.All(device => device is { Length: > 0 and <= 128 }),
            "devices", $"must be 1 to {MostDevices} ids or identifiers of devices");
        return checks.Refusal is { } invalid ? invalid
            : await FindAsync(group, caller, grains) is not { } found ? Refusal.NotFound("device group", group)
            : found.TakesNamed ? null
            : Refusal.Conflict(ErrorCodes.InvalidRequest, $"'{group}' is dynamic: its rules alone decide which devices are in it. A hybrid group takes both.");
    }

    private static async Task<(int Done, Refusal? Unknown)> ChangeAsync(
        IReadOnlyList<string> devices, Caller caller, IGrainFactory grains, Func<IDeviceGrain, Task<bool>> changeAsync)
    {
        var distinct = devices.Distinct(StringComparer.Ordinal).ToList();
        var unknown = await FanOut.ReadAsync(distinct, async device => await changeAsync(grains.GetDevice(DeviceNames.Id(caller, device))) ? null : device);
        return (distinct.Count - unknown.Count, unknown.Count == 0 ? null : Refusal.NotFound("device", string.Join("', '", unknown)).With("unknown", unknown));
    }

    private static async Task<DeviceGroup?> FindAsync(string group, Caller caller, IGrainFactory grains) =>
        (await grains.GetOrganization(caller.OrganizationId).GetAsync())?.Groups.GetValueOrDefault(group);

    private static async Task<GroupResponse> ResponseAsync(
        DeviceGroup group, Caller caller, IDeviceRegistry registry, CancellationToken cancellationToken) => new()
        {
            Name = group.Name,
            Mode = GroupRules.NameOf(group.Mode),
            Description = group.Description,
            Rules = group.Rules.IsEmpty ? null : [.. group.Rules.Select(rule => rule.ToString())],
            DeviceCount = await registry.CountAsync(caller.OrganizationId, group.Name, cancellationToken),
        };
}
