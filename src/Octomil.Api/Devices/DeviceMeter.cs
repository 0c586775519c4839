using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Octomil.Devices;

/// <summary>How many devices are connected to this server. A hosted service only so that somebody makes it.</summary>
internal sealed class DeviceMeter : IHostedService, IDisposable
{
    public const string Name = "octomil.devices";

    private readonly Meter _meter;

    public DeviceMeter(IMeterFactory meters, DeviceConnections connections)
    {
        _meter = meters.Create(Name);
        _meter.CreateObservableGauge("octomil.devices.connected", () => connections.Count, "{device}", "Devices that are connected to this server.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _meter.Dispose();
}
