using System.Collections.Immutable;
using Microsoft.Extensions.Options;

namespace Octomil.Devices;

/// <remarks>
/// Memory only. A lost partition comes back as its devices reconnect or send a heartbeat; until then they are merely not selected.
/// </remarks>
internal sealed class DeviceDirectoryGrain(IOptions<DirectoryOptions> options, TimeProvider clock) : Grain, IDeviceDirectoryGrain
{
    private readonly ReadySet _ready = new();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var period = options.Value.RecentlySeen / 4;
        this.RegisterGrainTimer(ExpireAsync, new GrainTimerCreationOptions(period, period) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task ReadyAsync(ReadyDevice device)
    {
        _ready.Put(device, clock.GetUtcNow());
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
        return Task.CompletedTask;
    }
}
