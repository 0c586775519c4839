using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Octomil.Deployments;
using Octomil.Training;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace Octomil.Devices;

/// <summary>Receives, on each silo, what the devices connected there are to hear.</summary>
[Alias("octomil.device-push")]
internal interface IDevicePushService : IGrainService
{
    [Alias("assigned")]
    Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds);

    [Alias("closed")]
    Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds);

    [Alias("versions")]
    Task TellVersionsAsync(string organizationId, VersionRule? before, VersionRule after);

    [Alias("end-key")]
    Task EndKeyAsync(string organizationId, string keyId);

    [Alias("end-device")]
    Task EndDeviceAsync(string deviceId, bool mayReturn);

    [Alias("exclude")]
    Task ExcludeAsync(string roundId, string organizationId, ImmutableArray<string> deviceIds);
}

internal sealed class DevicePushService(
    GrainId id, Silo silo, ILoggerFactory loggers, IDeviceConnections connections, RoundFolds folds, VersionRules rules)
    : GrainService(id, silo, loggers), IDevicePushService
{
    public Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds) =>
        connections.TellAssignedAsync(assignment, deviceIds);

    public Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds)
    {
        folds.Forget(roundId);
        return connections.TellClosedAsync(roundId, outcome, deviceIds);
    }

    public Task TellVersionsAsync(string organizationId, VersionRule? before, VersionRule after)
    {
        // First what greetings are answered from: a device that connects now learns of the rule one way or the other.
        rules.Put(organizationId, after);
        return connections.TellVersionsAsync(organizationId, before, after);
    }

    public Task EndKeyAsync(string organizationId, string keyId) => connections.EndKeyAsync(organizationId, keyId);

    public Task EndDeviceAsync(string deviceId, bool mayReturn) => connections.EndDeviceAsync(deviceId, mayReturn);

    public async Task ExcludeAsync(string roundId, string organizationId, ImmutableArray<string> deviceIds)
    {
        await folds.ExcludeAsync(roundId, organizationId);
        await connections.TellClosedAsync(roundId, "excluded", deviceIds);
    }
}

/// <summary>
/// Tells devices, wherever they are connected: one message for each silo. A push is a hint; a silo that cannot be reached costs its
/// devices the time until they poll or connect again. That a key is revoked is no hint: see <see cref="EndKeyAsync"/>.
/// </summary>
internal sealed partial class DevicePush(IServiceProvider services, ISiloStatusOracle silos, ILogger<DevicePush> logger)
    : GrainServiceClient<IDevicePushService>(services)
{
    public void TellAssigned(RoundAssignment assignment, IEnumerable<DrawnDevice> devices) =>
        Tell(assignment.RoundId, devices, (silo, ids) => silo.TellAssignedAsync(assignment, ids));

    /// <summary>Goes to every silo, for each may have a fold of the round to let go of.</summary>
    public void TellClosed(string roundId, string outcome, IReadOnlyCollection<DrawnDevice> devices)
    {
        foreach (var silo in silos.GetApproximateSiloStatuses(onlyActive: true).Keys)
        {
            var ids = devices.Where(device => silo.Equals(device.ConnectedTo)).Select(device => device.Id).ToImmutableArray();
            _ = SendAsync(roundId, silo, service => service.TellClosedAsync(roundId, outcome, ids));
        }
    }

    /// <summary>Goes to every silo, which works out which of its devices should run another version.</summary>
    public void TellVersions(string organizationId, VersionRule? before, VersionRule after)
    {
        foreach (var silo in silos.GetApproximateSiloStatuses(onlyActive: true).Keys)
        {
            _ = SendAsync(after.ModelId, silo, service => service.TellVersionsAsync(organizationId, before, after));
        }
    }

    /// <summary>
    /// Every silo ends the connections that it holds for the key; returns once they all did. A silo that cannot be reached is given up:
    /// it is dead, and its connections are, or the revocation is sent again.
    /// </summary>
    public Task EndKeyAsync(string organizationId, string keyId) => Task.WhenAll(silos.GetApproximateSiloStatuses(onlyActive: true).Keys
        .Select(silo => EndOnAsync(silo, keyId, service => service.EndKeyAsync(organizationId, keyId))));

    /// <summary>The same for a device that is revoked, or that <paramref name="mayReturn"/> with what it is let in by now.</summary>
    public Task EndDeviceAsync(string deviceId, bool mayReturn) => Task.WhenAll(silos.GetApproximateSiloStatuses(onlyActive: true).Keys
        .Select(silo => EndOnAsync(silo, deviceId, service => service.EndDeviceAsync(deviceId, mayReturn))));

    /// <summary>
    /// Every silo refuses the organization's devices in this round before it reads what they send, and tells those connected to it; returns
    /// once all did. A silo that cannot be reached is given up: what it is sent the round refuses all the same.
    /// </summary>
    public Task ExcludeAsync(string roundId, string organizationId, ImmutableArray<string> deviceIds) => Task.WhenAll(
        silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(silo =>
            SendAsync(roundId, silo, service => service.ExcludeAsync(roundId, organizationId, deviceIds))));

    private async Task EndOnAsync(SiloAddress silo, string revokedId, Func<IDevicePushService, Task> end)
    {
        try
        {
            await end(GetGrainService(silo));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogNotEnded(logger, exception, revokedId, silo);
        }
    }

    private void Tell(string roundId, IEnumerable<DrawnDevice> devices, Func<IDevicePushService, ImmutableArray<string>, Task> tell)
    {
        foreach (var silo in devices.Where(device => device.ConnectedTo is not null).GroupBy(device => device.ConnectedTo!))
        {
            var ids = silo.Select(device => device.Id).ToImmutableArray();
            _ = SendAsync(roundId, silo.Key, service => tell(service, ids));
        }
    }

    private async Task SendAsync(string subject, SiloAddress silo, Func<IDevicePushService, Task> send)
    {
        try
        {
            await send(GetGrainService(silo));
        }
        catch (Exception exception)
        {
            LogPushLost(logger, exception, subject, silo);
        }
    }
}
