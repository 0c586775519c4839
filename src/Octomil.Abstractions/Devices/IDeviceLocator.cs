using System.Collections.Immutable;

namespace Octomil.Devices;

/// <summary>Knows from the directory where devices are connected.</summary>
public interface IDeviceLocator
{
    /// <summary>Those of an organization's devices that are connected to a silo now. One call for each partition that may know one.</summary>
    Task<ImmutableHashSet<string>> FindConnectedAsync(string organizationId, IEnumerable<string> deviceIds);

    /// <summary>How many of the group's devices can be selected now.</summary>
    Task<int> CountReadyAsync(string organizationId, string group);
}
