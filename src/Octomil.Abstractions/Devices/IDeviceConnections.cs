using System.Collections.Immutable;
using Octomil.Deployments;
using Octomil.Training;

namespace Octomil.Devices;

/// <summary>The connections of this silo's devices. Silo-local: implemented by the hub, called by the grain service of the silo.</summary>
public interface IDeviceConnections
{
    /// <summary>Offers a round to those of the devices that are connected here. Best effort.</summary>
    Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds);

    /// <summary>Tells that a round is over. Best effort.</summary>
    Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds);

    /// <summary>
    /// Tells those of the organization's devices that are connected here and should run another version by the new rule than by the old
    /// one. Best effort.
    /// </summary>
    Task TellVersionsAsync(string organizationId, VersionRule? before, VersionRule after);

    /// <summary>Ends the connections that were opened with this API key, which is revoked.</summary>
    Task EndKeyAsync(string organizationId, string keyId);

    /// <summary>Ends the connections of this device: it is revoked, or may return with what it is let in by now.</summary>
    Task EndDeviceAsync(string deviceId, bool mayReturn);
}
