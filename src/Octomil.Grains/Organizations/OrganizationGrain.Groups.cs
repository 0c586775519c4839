using System.Collections.Immutable;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>Device groups.</summary>
internal sealed partial class OrganizationGrain
{
    public async Task<DeviceGroup> CreateGroupAsync(string name, string? description, GroupMode mode, ImmutableArray<DeviceRule> rules)
    {
        var isNew = !store.State.Groups.ContainsKey(name);
        await store.SaveAsync(
            store.State.WithGroup(new DeviceGroup { Name = name, Description = description, CreatedAt = clock.GetUtcNow(), Mode = mode, Rules = rules }), this);

        if (isNew && !rules.IsEmpty)
        {
            // So that the next heartbeat is held against the new rules; the directory asks again by itself, later.
            await Task.WhenAll(Enumerable.Range(0, directory.Value.Partitions).Select(part => grains.GetDeviceDirectory(Id, part).ForgetGroupsAsync()));
        }

        return store.State.Groups[name];
    }
}
