using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace Octomil.Devices;

internal sealed class DeviceLocator(IGrainFactory grains, IOptions<DirectoryOptions> options) : IDeviceLocator
{
    public async Task<int> CountReadyAsync(string organizationId, string group) => (await Task.WhenAll(Enumerable
        .Range(0, options.Value.Partitions)
        .Select(part => grains.GetDeviceDirectory(organizationId, part).CountAsync(group)))).Sum();

    public async Task<ImmutableHashSet<string>> FindConnectedAsync(string organizationId, IEnumerable<string> deviceIds)
    {
        var located = await Task.WhenAll(deviceIds
            .GroupBy(id => DirectoryPartitions.Of(id, options.Value.Partitions))
            .Select(partition => grains.GetDeviceDirectory(organizationId, partition.Key).LocateAsync([.. partition])));
        return located.SelectMany(devices => devices).Where(device => device.ConnectedTo is not null).Select(device => device.Id).ToImmutableHashSet(StringComparer.Ordinal);
    }
}
