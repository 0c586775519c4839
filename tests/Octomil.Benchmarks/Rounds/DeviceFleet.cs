using Octomil.DeviceSimulator;

namespace Octomil.Benchmarks;

/// <summary>Simulated devices of one process, connected and taking part.</summary>
internal sealed class DeviceFleet : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<SimulatedDevice> _devices = [];
    private readonly List<Task> _running = [];

    private DeviceFleet()
    {
    }

    /// <summary>Completes only when a device failed.</summary>
    public Task Failed { get; private set; } = Task.CompletedTask;

    /// <param name="create">Makes the device with this index.</param>
    public static async Task<DeviceFleet> ConnectAsync(int count, Func<int, SimulatedDevice> create, CancellationToken cancellationToken)
    {
        var fleet = new DeviceFleet();

        for (var i = 0; i < count; i++)
        {
            var device = create(i);
            fleet._devices.Add(device);
            await device.ConnectAsync(cancellationToken);
            fleet._running.Add(device.RunAsync(fleet._stop.Token));
        }

        fleet.Failed = Task.WhenAny(fleet._running).Unwrap();
        return fleet;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running.Select(running => Task.WhenAny(running)));

        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        _stop.Dispose();
    }
}
