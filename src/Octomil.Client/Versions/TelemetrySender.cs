using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Deployments;

namespace Octomil.Client.Versions;

/// <summary>Sends what was counted, one batch after the other; one that may have arrived is sent again under its own name.</summary>
internal sealed class TelemetrySender(OctomilApi api, DeviceRegistration device, InferenceTelemetry telemetry, ClientSettings settings)
{
    // Of this process alone: names of batches are never used again.
    private readonly string _name = $"{settings.Clock.GetUtcNow().UtcTicks:x}-{(long)(settings.Chance() * int.MaxValue):x}";
    private long _batches;
    private TelemetryRequest? _unsent;

    /// <summary>Sends what there is. What cannot be sent now is sent next time.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        while ((_unsent ??= telemetry.TakeBatch($"{_name}-{_batches++}")) is { } batch)
        {
            try
            {
                await api.SendTelemetryAsync(device.RequiredId, batch, cancellationToken);
            }
            catch (OctomilException exception) when (exception.IsTransient)
            {
                return;
            }
            catch (OctomilException exception)
            {
                VersionLog.TelemetryRefused(settings.Logger, exception.Detail);
            }

            _unsent = null;
        }
    }
}
