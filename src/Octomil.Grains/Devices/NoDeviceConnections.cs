using System.Collections.Immutable;
using Octomil.Deployments;
using Octomil.Training;

namespace Octomil.Devices;

/// <summary>For a silo without a hub: its devices poll.</summary>
internal sealed class NoDeviceConnections : IDeviceConnections
{
    public Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds) => Task.CompletedTask;

    public Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds) => Task.CompletedTask;

    public Task TellVersionsAsync(string organizationId, VersionRule? before, VersionRule after) => Task.CompletedTask;

    public Task EndKeyAsync(string organizationId, string keyId) => Task.CompletedTask;

    public Task EndDeviceAsync(string deviceId, bool mayReturn) => Task.CompletedTask;
}
