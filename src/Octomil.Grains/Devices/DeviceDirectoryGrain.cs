using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <remarks>
/// Memory only. A lost partition comes back as its devices reconnect or send a heartbeat; until then they are merely not selected.
/// </remarks>
internal sealed class DeviceDirectoryGrain(IGrainFactory grains, IOptions<DirectoryOptions> options, TimeProvider clock) : Grain, IDeviceDirectoryGrain
{
    private readonly ReadySet _ready = new();

    // Groups with rules; null: to be asked for.
    private DeviceGroup[]? _byRule;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var period = options.Value.RecentlySeen / 4;
        this.RegisterGrainTimer(ExpireAsync, new GrainTimerCreationOptions(period, period) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public async Task<ImmutableSortedSet<string>> ReadyAsync(ReadyDevice device)
    {
        _byRule ??= await ReadGroupsAsync();
        var groups = device.Groups.Union(_byRule.Where(group => group.Takes(device.Facts)).Select(group => group.Name));

        // Facts are for the rules alone: a million of them are not kept.
        _ready.Put(device with { Groups = groups, Facts = device.Facts.Clear() }, clock.GetUtcNow());
        return groups;
    }

    public Task RemoveAsync(string deviceId)
    {
        _ready.Remove(deviceId);
        return Task.CompletedTask;
    }

    public Task ForgetGroupsAsync()
    {
        _byRule = null;
        return Task.CompletedTask;
    }

    public Task DisconnectedAsync(string deviceId, SiloAddress from)
    {
        _ready.Disconnect(deviceId, from, clock.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task<int> CountAsync(string? group) => Task.FromResult(_ready.Count(group));

    public Task<ImmutableArray<DrawnDevice>> DrawAsync(string? group, int count, ulong seed) =>
        Task.FromResult(_ready.Draw(group, count, new Random((int)(seed ^ (seed >> 32)))));

    public Task<ImmutableArray<DrawnDevice>> LocateAsync(ImmutableArray<string> deviceIds) =>
        Task.FromResult(deviceIds.Select(_ready.Find).OfType<DrawnDevice>().ToImmutableArray());

    private Task ExpireAsync(CancellationToken cancellationToken)
    {
        _ready.Expire(clock.GetUtcNow() - options.Value.RecentlySeen);

        // News of another group may have been lost.
        return ForgetGroupsAsync();
    }

    private async Task<DeviceGroup[]> ReadGroupsAsync()
    {
        var key = this.GetPrimaryKeyString();
        var organization = await grains.GetOrganization(key[..key.IndexOf('/', StringComparison.Ordinal)]).GetAsync();
        return [.. (organization?.Groups.Values ?? []).Where(group => !group.Rules.IsEmpty)];
    }
}
