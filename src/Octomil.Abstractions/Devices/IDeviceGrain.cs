using System.Collections.Immutable;
using Octomil.Training;
using Orleans.Concurrency;

namespace Octomil.Devices;

/// <summary>One training endpoint of one organization (key: <c>dev_...</c>, see <see cref="GrainKeys.DeviceId"/>).</summary>
[Alias("octomil.device")]
public interface IDeviceGrain : IGrainWithStringKey
{
    /// <summary>Upsert. Null: the id belongs to another organization's device (two identifiers that hash alike).</summary>
    [Alias("register")]
    Task<DeviceSnapshot?> RegisterAsync(string organizationId, DeviceDescription description);

    /// <summary>Null where there is none or it is another organization's.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<DeviceSnapshot?> GetAsync(string callerId);

    /// <summary>
    /// The device is there: connected on a silo, or (null) polling. What it reports of itself now takes the place of its last report;
    /// null: nothing was said.
    /// </summary>
    [Alias("seen-by")]
    Task<SeenResult> SeenAsync(string callerId, SiloAddress? connectedTo, ImmutableSortedDictionary<string, string>? reported);

    /// <summary>Its connection on that silo ended; a newer connection elsewhere stays.</summary>
    [Alias("disconnected")]
    Task DisconnectedAsync(SiloAddress from);

    /// <summary>Puts the device into a static group. False: not registered for the caller.</summary>
    [Alias("add-to-group")]
    Task<bool> AddToGroupAsync(string callerId, string group);

    /// <summary>Takes the device out of a group that it was named into. False: not registered for the caller.</summary>
    [Alias("remove-from-group")]
    Task<bool> RemoveFromGroupAsync(string callerId, string group);

    /// <summary>
    /// For ever: its connections end on every silo before this answers, and from then on it is refused. Again is the same. Null: not
    /// registered for the caller.
    /// </summary>
    [Alias("revoke")]
    Task<DeviceSnapshot?> RevokeAsync(string callerId);

    /// <summary>Open rounds that selected the device and have not counted it.</summary>
    [Alias("assignments"), AlwaysInterleave]
    Task<ImmutableArray<RoundAssignment>> GetAssignmentsAsync(string callerId);
}

/// <summary>Whether a device that is there may take part.</summary>
public enum SeenResult
{
    None = 0,
    Seen = 1,

    /// <summary>Not registered for the caller.</summary>
    Unknown = 2,
    Revoked = 3,
}

/// <summary>What a device says of itself at registration. Facts are texts by name; never data it trains on.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-description")]
public sealed record DeviceDescription
{
    [Id(0)] public required string Identifier { get; init; }
    [Id(1)] public string? Platform { get; init; }
    [Id(2)] public string? SdkVersion { get; init; }
    [Id(3)] public ImmutableSortedDictionary<string, string> Facts { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A device as its organization sees it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-snapshot")]
public sealed record DeviceSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string OrganizationId { get; init; }
    [Id(2)] public required DeviceDescription Description { get; init; }
    [Id(3)] public required DateTimeOffset RegisteredAt { get; init; }
    [Id(4)] public DateTimeOffset? LastSeenAt { get; init; }
    [Id(5)] public bool Connected { get; init; }
    [Id(6)] public ImmutableSortedSet<string> Groups { get; init; } = [];

    /// <summary>What it said of itself in its last heartbeat.</summary>
    [Id(7)] public ImmutableSortedDictionary<string, string> Reported { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(20)] public DateTimeOffset? RevokedAt { get; init; }
}
