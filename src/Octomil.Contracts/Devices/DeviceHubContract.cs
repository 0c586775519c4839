using Octomil.Deployments;
using Octomil.Training;

namespace Octomil.Devices;

/// <summary>What a device may call on the hub <c>/hubs/devices</c>.</summary>
public interface IDeviceHub
{
    /// <summary>Names the device of this connection and returns what waits for it. Must be the first call.</summary>
    Task<HelloResponse> Hello(string deviceId, DeviceFacts? facts);

    /// <summary>Keeps the device among the recently seen ones.</summary>
    Task<HeartbeatResponse> Heartbeat(DeviceFacts? facts);

    /// <summary>Says what became of a version that the device should run. Returns once it is stored.</summary>
    Task<VersionReportReceipt> ReportVersion(VersionReportMessage report);
}

/// <summary>What the service calls on a connected device. Every call is a hint: polling tells the same.</summary>
public interface IDeviceHubClient
{
    Task RoundAssigned(RoundAssignmentMessage assignment);

    /// <param name="roundId">The round.</param>
    /// <param name="outcome">published or abandoned.</param>
    Task RoundClosed(string roundId, string outcome);

    Task VersionAssigned(string modelId, string version, string sha256);

    Task Revoked(string reason);
}

/// <summary>The answer to Hello: open rounds that selected the device and have not counted its update.</summary>
public sealed record HelloResponse
{
    public required IReadOnlyList<RoundAssignmentMessage> Assignments { get; init; }
    public IReadOnlyList<AssignedVersion> Versions { get; init; } = [];
}

/// <summary>A version that a device should run.</summary>
public sealed record AssignedVersion
{
    public required string ModelId { get; init; }
    public required string Version { get; init; }
    public required string Sha256 { get; init; }

    /// <summary>The model's name; missing in a push.</summary>
    public string? Model { get; init; }

    /// <summary>Size of the file; missing in a push.</summary>
    public long? Bytes { get; init; }
}
