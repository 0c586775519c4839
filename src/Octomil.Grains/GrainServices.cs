using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Organizations;
using Octomil.Training;
using Octomil.Webhooks;

namespace Octomil;

/// <summary>Registration of the grains and of what belongs to them on a silo.</summary>
public static class GrainServices
{
    /// <summary>
    /// Needs what <c>AddOctomilStorage</c> registers. A silo with a hub registers its <see cref="IDeviceConnections"/> before.
    /// </summary>
    public static ISiloBuilder AddOctomilGrains(this ISiloBuilder silo)
    {
        silo.Services.AddOrganizations().AddDevices().AddDeployments().AddExperiments().AddTraining().AddWebhooks();
        silo.AddMemoryStreams(StorageNames.RunEvents);
        return silo;
    }
}
