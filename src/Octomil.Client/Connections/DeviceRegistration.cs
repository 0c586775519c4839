using Octomil.Client.Http;
using Octomil.Devices;

namespace Octomil.Client.Connections;

/// <summary>This device's entry at the service, made anew whenever the service does not know it.</summary>
internal sealed class DeviceRegistration(OctomilApi api, string deviceIdentifier, FederatedClientOptions options, ClientSettings settings)
{
    private volatile DeviceResponse? _device;

    public string Identifier => deviceIdentifier;

    public string? Id => _device?.Id;

    /// <summary>The id; only after a registration.</summary>
    public string RequiredId => Id ?? throw new InvalidOperationException("The device is not registered yet.");

    /// <summary>Registers, whether or not it was done before.</summary>
    /// <exception cref="OctomilException">Refused, or not reached in so many tries.</exception>
    public async Task<DeviceResponse> RegisterAsync(int maxTries, CancellationToken cancellationToken)
    {
        var request = DeviceDescription.Request(deviceIdentifier, options);
        var saidAlready = false;
        var device = await Retry.RunAsync(token => api.RegisterDeviceAsync(request, token), settings, LogFirstFailure, maxTries, cancellationToken);
        _device = device;
        ConnectionLog.Registered(settings.Logger, device.DeviceIdentifier, device.Id, device.OrgId);
        return device;

        void LogFirstFailure(OctomilException failure, TimeSpan wait)
        {
            if (!saidAlready)
            {
                ConnectionLog.NotRegistered(settings.Logger, deviceIdentifier, failure.Detail);
                saidAlready = true;
            }
        }
    }
}
