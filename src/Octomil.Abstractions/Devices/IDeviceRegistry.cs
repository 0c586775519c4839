using System.Collections.Immutable;

namespace Octomil.Devices;

/// <summary>The table of registered devices, for listing: one row a device, written in batches, read in pages.</summary>
public interface IDeviceRegistry
{
    /// <summary>Inserts or updates rows in one transaction.</summary>
    Task UpsertAsync(ImmutableArray<DeviceRow> rows, CancellationToken cancellationToken);

    /// <summary>A page of one organization's devices by identifier, and how many there are.</summary>
    Task<DevicePage> ListAsync(string organizationId, string? group, int limit, int offset, CancellationToken cancellationToken);

    /// <summary>How many devices are in the group.</summary>
    Task<long> CountAsync(string organizationId, string group, CancellationToken cancellationToken);
}

/// <summary>One registered device.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-row")]
public sealed record DeviceRow
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string OrganizationId { get; init; }
    [Id(2)] public required string Identifier { get; init; }
    [Id(3)] public string? Platform { get; init; }
    [Id(4)] public string? SdkVersion { get; init; }
    [Id(5)] public required DateTimeOffset RegisteredAt { get; init; }
    [Id(6)] public required DateTimeOffset LastSeenAt { get; init; }
    [Id(7)] public ImmutableSortedSet<string> Groups { get; init; } = [];

    /// <summary>What the device said of itself at registration.</summary>
    [Id(8)] public ImmutableSortedDictionary<string, string> Facts { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>And in its last heartbeat.</summary>
    [Id(9)] public ImmutableSortedDictionary<string, string> Reported { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(20)] public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A page of devices.</summary>
public sealed record DevicePage(ImmutableArray<DeviceRow> Devices, long Total);
