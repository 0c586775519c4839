using System.Diagnostics;
using Octomil.DeviceSimulator;

namespace Octomil.Benchmarks;

/// <summary>Devices that are connected and do nothing else.</summary>
internal sealed class ConnectedDevices(IReadOnlyList<SimulatedDevice> devices) : IAsyncDisposable
{
    /// <summary>Connects all; the seconds it took.</summary>
    public async Task<double> ConnectAsync(int atOnce, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            devices, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken }, async (device, token) => await device.ConnectAsync(token));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return devices.All(device => device.IsConnected)
            ? seconds
            : throw new InvalidOperationException($"Only {devices.Count(device => device.IsConnected)} of {devices.Count} devices are connected.");
    }

    public async ValueTask DisposeAsync() => await Parallel.ForEachAsync(devices, CancellationToken.None, async (device, _) => await device.DisposeAsync());
}
