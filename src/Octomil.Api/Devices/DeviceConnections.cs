using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Octomil.Training;

namespace Octomil.Devices;

/// <summary>
/// The connections of this silo's devices. Telling starts every send and waits for none: a client that reads slowly holds up
/// nobody, and one that misses the push polls.
/// </summary>
internal sealed partial class DeviceConnections(IHubContext<DeviceHub, IDeviceHubClient> hub, ILogger<DeviceConnections> logger) : IDeviceConnections
{
    private readonly ConcurrentDictionary<string, ImmutableArray<string>> _connections = new(StringComparer.Ordinal);

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

    public Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds)
    {
        var message = AssignmentMessages.Of(assignment);
        return TellAsync(deviceIds, (client, deviceId) => client.RoundAssigned(AssignmentMessages.For(deviceId, message)));
    }

    public Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds) =>
        TellAsync(deviceIds, (client, _) => client.RoundClosed(roundId, outcome));

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
