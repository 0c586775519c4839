using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Octomil.Deployments;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Devices;

/// <summary>
/// The connections of this silo's devices. Telling starts every send and waits for none: a client that reads slowly holds up
/// nobody, and one that misses the push polls.
/// </summary>
internal sealed partial class DeviceConnections(
    IHubContext<DeviceHub, IDeviceHubClient> hub, IGrainFactory grains, TimeProvider clock, ILogger<DeviceConnections> logger) : IDeviceConnections
{
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(2);

    private const int GroupsAtOnce = 64;

    private readonly ConcurrentDictionary<string, (Caller Caller, HubCallerContext Connection)> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableArray<string>> _connections = new(StringComparer.Ordinal);

    /// <summary>Devices that are connected here.</summary>
    public int Count => _connections.Count;

    public void Add(string deviceId, string connectionId) => _connections.AddOrUpdate(
        deviceId, [connectionId], (_, known) => known.Contains(connectionId) ? known : known.Add(connectionId));

    /// <summary>True: the device has another connection here.</summary>
    public bool Remove(string deviceId, string connectionId)
    {
        while (_connections.TryGetValue(deviceId, out var known))
        {
            var rest = known.Remove(connectionId);
            var changed = rest.IsEmpty
                ? _connections.TryRemove(KeyValuePair.Create(deviceId, known))
                : _connections.TryUpdate(deviceId, rest, known);
            if (changed)
            {
                return !rest.IsEmpty;
            }
        }

        return false;
    }

    /// <summary>From here on, a revocation of the key ends the connection.</summary>
    public void Opened(Caller caller, HubCallerContext connection) => _open[connection.ConnectionId] = (caller, connection);

    /// <summary>Those that have said who they are.</summary>
    public IEnumerable<(string Id, string OrganizationId)> Devices()
    {
        foreach (var (caller, connection) in _open.Values)
        {
            if (HelloDeadline.DeviceOf(connection) is { } id)
            {
                yield return (id, caller.OrganizationId);
            }
        }
    }

    public void Closed(HubCallerContext connection) => _open.TryRemove(connection.ConnectionId, out _);

    // Looks at every connection of the silo: keys are revoked seldom, and an index would cost each connection.
    public Task EndKeyAsync(string organizationId, string keyId) => Task.WhenAll(_open.Values
        .Where(open => open.Caller.KeyId == keyId && open.Caller.OrganizationId == organizationId)
        .Select(open => EndAsync(open.Connection, "The API key was revoked.")));

    public Task EndDeviceAsync(string deviceId, bool mayReturn) => Task.WhenAll(_open.Values
        .Where(open => HelloDeadline.DeviceOf(open.Connection) == deviceId)
        .Select(open => EndAsync(open.Connection, mayReturn ? null : "The device was revoked.")));

    public Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds)
    {
        var message = AssignmentMessages.Of(assignment);
        return TellAsync(deviceIds, (client, deviceId) => client.RoundAssigned(AssignmentMessages.For(deviceId, message)));
    }

    public Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds) =>
        TellAsync(deviceIds, (client, _) => client.RoundClosed(roundId, outcome));

    /// <remarks>Devices that the old and the new rule tell the same hear nothing: a step costs the devices of the step.</remarks>
    public async Task TellVersionsAsync(string organizationId, VersionRule? before, VersionRule after)
    {
        var needsGroups = after.NeedsGroups || before?.NeedsGroups == true;
        var told = new ConcurrentDictionary<string, DeployedVersion>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            Devices().Where(device => device.OrganizationId == organizationId),
            new ParallelOptions { MaxDegreeOfParallelism = GroupsAtOnce },
            async (device, _) =>
            {
                var groups = needsGroups ? await GroupsOfAsync(device.Id, organizationId) : ImmutableSortedSet<string>.Empty;
                if (after.For(device.Id, groups) is { } version && version != before?.For(device.Id, groups))
                {
                    told[device.Id] = version;
                }
            });
        await TellAsync([.. told.Keys], (client, deviceId) => client.VersionAssigned(after.ModelId, told[deviceId].Version, told[deviceId].Sha256));
    }

    private async Task<ImmutableSortedSet<string>> GroupsOfAsync(string deviceId, string organizationId)
    {
        try
        {
            return (await grains.GetDevice(deviceId).GetAsync(organizationId))?.Groups ?? [];
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Its next heartbeat tells the same.
            LogPushFailed(logger, exception, deviceId);
            return [];
        }
    }

    // A send writes its message at once, on this thread, unless the client's pipe is full: hence the threads and the bound on them.
    private Task<ParallelLoopResult> TellAsync(ImmutableArray<string> deviceIds, Func<IDeviceHubClient, string, Task> tell) => Task.Run(() => Parallel.ForEach(
        deviceIds,
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        deviceId =>
        {
            foreach (var connectionId in _connections.GetValueOrDefault(deviceId, []))
            {
                _ = SendAsync(deviceId, connectionId, tell);
            }
        }));

    // One that is revoked is told so, if it reads at all, and does not come back; the connection ends in any case.
    private async Task EndAsync(HubCallerContext connection, string? revoked)
    {
        if (revoked is not null)
        {
            await SendAsync(
                HelloDeadline.DeviceOf(connection) ?? "(unnamed)", connection.ConnectionId, (client, _) => client.Revoked(revoked).WaitAsync(_farewell, clock));
        }

        connection.Abort();
    }

    private async Task SendAsync(string deviceId, string connectionId, Func<IDeviceHubClient, string, Task> tell)
    {
        try
        {
            await tell(hub.Clients.Client(connectionId), deviceId);
        }
        catch (Exception exception)
        {
            // Catches all: nobody awaits this, and a lost push costs only time.
            LogPushFailed(logger, exception, deviceId);
        }
    }
}
