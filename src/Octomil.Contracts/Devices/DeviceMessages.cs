using System.Text.Json;

namespace Octomil.Devices;

/// <summary>POST /devices/register: an upsert by (organization of the key, <see cref="DeviceIdentifier"/>).</summary>
public sealed record RegisterDeviceRequest
{
    public required string DeviceIdentifier { get; init; }
    public string? OrgId { get; init; }
    public string? Platform { get; init; }
    public string? OsVersion { get; init; }
    public string? SdkVersion { get; init; }
    public string? AppVersion { get; init; }
    public string? Manufacturer { get; init; }
    public string? Model { get; init; }
    public string? Region { get; init; }
    public double? TotalMemoryMb { get; init; }
    public double? BatteryPct { get; init; }
    public bool? Charging { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? Capabilities { get; init; }
    public IReadOnlyList<string>? FeatureSchema { get; init; }
}

/// <summary>A device; <see cref="Status"/> is active or revoked.</summary>
public sealed record DeviceResponse
{
    public required string Id { get; init; }
    public required string DeviceIdentifier { get; init; }
    public required string OrgId { get; init; }
    public required string Status { get; init; }
    public required DateTimeOffset RegisteredAt { get; init; }
    public DateTimeOffset? LastSeenAt { get; init; }
    public bool? Connected { get; init; }
    public string? Platform { get; init; }
    public string? OsVersion { get; init; }
    public string? SdkVersion { get; init; }
    public string? AppVersion { get; init; }
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>
    /// All that the device said of itself, as texts by name: the fields of its registration, <c>metadata.*</c>, <c>capabilities.*</c>,
    /// and over them what it reported with its last heartbeat. Of its feature schema only the number of features is kept.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Facts { get; init; }
}

/// <summary>GET /devices.</summary>
public sealed record DeviceList
{
    public required IReadOnlyList<DeviceResponse> Devices { get; init; }
    public required long Total { get; init; }
    public required int Limit { get; init; }
    public required int Offset { get; init; }
}

/// <summary>
/// POST or PUT /devices/{id}/heartbeat, and the facts a device gives on the hub: its state now. They are shown with the device, in
/// listings up to a minute later, and take the place of its last report.
/// </summary>
public sealed record DeviceFacts
{
    public IReadOnlyDictionary<string, JsonElement>? Metadata { get; init; }
    public string? SdkVersion { get; init; }
    public double? BatteryPct { get; init; }
    public bool? Charging { get; init; }
}

/// <summary>The answer to a heartbeat.</summary>
public sealed record HeartbeatResponse
{
    public required string Status { get; init; }
    public required DateTimeOffset ServerTime { get; init; }

    /// <summary>The versions that the device should run; of a model that is not named it keeps what it has.</summary>
    public IReadOnlyList<AssignedVersion>? Versions { get; init; }
}

/// <summary>POST /device-groups; <see cref="Mode"/> is static.</summary>
public sealed record CreateGroupRequest
{
    public required string Name { get; init; }
    public string Mode { get; init; } = "static";
    public string? Description { get; init; }
}

/// <summary>A device group of the caller's organization.</summary>
public sealed record GroupResponse
{
    public required string Name { get; init; }
    public required string Mode { get; init; }
    public string? Description { get; init; }
    public long? DeviceCount { get; init; }
}

/// <summary>GET /device-groups.</summary>
public sealed record GroupList
{
    public required IReadOnlyList<GroupResponse> Groups { get; init; }
}

/// <summary>POST /device-groups/{name}/devices: devices by id or identifier.</summary>
public sealed record AddDevicesRequest
{
    public required IReadOnlyList<string> Devices { get; init; }
}

/// <summary>How many devices were added; those already in the group count too.</summary>
public sealed record AddDevicesResponse
{
    public required int Added { get; init; }
}
