using System.Collections.Immutable;

namespace Octomil.Devices;

/// <summary>
/// The ready devices of one partition of one organization (key: <c>org_.../partition</c>). Memory only: rebuilt from connections
/// and heartbeats. Drawing k of n devices costs O(k).
/// </summary>
[Alias("octomil.device-directory")]
public interface IDeviceDirectoryGrain : IGrainWithStringKey
{
    /// <summary>
    /// The device is there now, connected on a silo or (null) polling. Returns the groups that it is in: those it was named into, and
    /// those whose rules hold for its facts.
    /// </summary>
    [Alias("ready-by-rules")]
    Task<ImmutableSortedSet<string>> ReadyAsync(ReadyDevice device);

    /// <summary>The device may not be selected any more.</summary>
    [Alias("remove")]
    Task RemoveAsync(string deviceId);

    /// <summary>The organization's groups have changed.</summary>
    [Alias("forget-groups")]
    Task ForgetGroupsAsync();

    /// <summary>The device lost its connection; it stays eligible for a while as recently seen.</summary>
    [Alias("disconnected")]
    Task DisconnectedAsync(string deviceId, SiloAddress from);

    /// <summary>How many devices of the group (null: any) are ready.</summary>
    [Alias("count")]
    Task<int> CountAsync(string? group);

    /// <summary>Draws up to <paramref name="count"/> distinct ready devices of the group, uniformly, from the seed.</summary>
    [Alias("draw")]
    Task<ImmutableArray<DrawnDevice>> DrawAsync(string? group, int count, ulong seed);

    /// <summary>Where these devices are connected now; those that are not ready are left out.</summary>
    [Alias("locate")]
    Task<ImmutableArray<DrawnDevice>> LocateAsync(ImmutableArray<string> deviceIds);
}

/// <summary>A device that may be selected.</summary>
[GenerateSerializer, Immutable, Alias("octomil.ready-device")]
public sealed record ReadyDevice
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public ImmutableSortedSet<string> Groups { get; init; } = [];
    [Id(2)] public SiloAddress? ConnectedTo { get; init; }

    /// <summary>All that it says of itself, for the rules of groups.</summary>
    [Id(20)] public ImmutableSortedDictionary<string, string> Facts { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>A device and the silo that holds its connection, if any.</summary>
[GenerateSerializer, Immutable, Alias("octomil.drawn-device")]
public readonly record struct DrawnDevice
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public SiloAddress? ConnectedTo { get; init; }
}
