using System.Collections.Concurrent;
using System.Collections.Immutable;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Fakes;

public sealed class FakeDevice(string id) : IDeviceGrain
{
    public DeviceSnapshot? Snapshot { get; set; }

    public ImmutableArray<RoundAssignment> Assignments { get; set; } = [];

    public ConcurrentQueue<SiloAddress?> Seen { get; } = new();

    public TaskCompletionSource Disconnected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<DeviceSnapshot?> RegisterAsync(string organizationId, DeviceDescription description)
    {
        Snapshot = new DeviceSnapshot { Id = id, OrganizationId = organizationId, Description = description, RegisteredAt = Time.Start };
        return Task.FromResult<DeviceSnapshot?>(Snapshot);
    }

    public Task<DeviceSnapshot?> GetAsync(string callerId) => Task.FromResult(Snapshot?.OrganizationId == callerId ? Snapshot : null);

    public Task<bool> SeenAsync(string callerId, SiloAddress? connectedTo)
    {
        Seen.Enqueue(connectedTo);
        return Task.FromResult(Snapshot?.OrganizationId == callerId);
    }

    public Task DisconnectedAsync(SiloAddress from)
    {
        Disconnected.TrySetResult();
        return Task.CompletedTask;
    }

    public Task<bool> AddToGroupAsync(string callerId, string group) => Task.FromResult(Snapshot?.OrganizationId == callerId);

    public Task<ImmutableArray<RoundAssignment>> GetAssignmentsAsync(string callerId) => Task.FromResult(Assignments);
}

public sealed class FakeRegistry : IDeviceRegistry
{
    public ImmutableArray<DeviceRow> Rows { get; set; } = [];

    public Task UpsertAsync(ImmutableArray<DeviceRow> rows, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DevicePage> ListAsync(string organizationId, string? group, int limit, int offset, CancellationToken cancellationToken)
    {
        var rows = Rows.Where(row => row.OrganizationId == organizationId && (group is null || row.Groups.Contains(group))).ToArray();
        return Task.FromResult(new DevicePage([.. rows.Skip(offset).Take(limit)], rows.Length));
    }

    public Task<long> CountAsync(string organizationId, string group, CancellationToken cancellationToken) => Task.FromResult(0L);
}
