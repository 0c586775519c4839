using Octomil.DeviceSimulator;

namespace Octomil.Benchmarks;

/// <summary>Simulated devices of one process, connected and taking part.</summary>
internal sealed class DeviceFleet : IAsyncDisposable
{
    private const int AtOnce = 64;

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
        fleet._devices.AddRange(Enumerable.Range(0, count).Select(create));
        await Parallel.ForEachAsync(
            fleet._devices, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (device, token) => await device.ConnectAsync(token));
        fleet._running.AddRange(fleet._devices.Select(device => device.RunAsync(fleet._stop.Token)));
        fleet.Failed = Task.WhenAny(fleet._running).Unwrap();
        return fleet;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running.Select(running => Task.WhenAny(running)));

        await Parallel.ForEachAsync(_devices, CancellationToken.None, async (device, _) => await device.DisposeAsync());

        _stop.Dispose();
    }
}
