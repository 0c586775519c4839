using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Deployments;

namespace Octomil.Client.Versions;

/// <summary>Sends what was counted, one batch after the other; one that may have arrived is sent again under its own name.</summary>
internal sealed class TelemetrySender(OctomilApi api, DeviceRegistration device, InferenceTelemetry telemetry, ClientSettings settings)
{
    private const int MostCrashes = 16;

    // Of this process alone: names of batches are never used again.
    private readonly string _name = $"{settings.Clock.GetUtcNow().UtcTicks:x}-{(long)(settings.Chance() * int.MaxValue):x}";
    private long _batches;
    private TelemetryRequest? _unsent;

    /// <summary>Sends what there is. What cannot be sent now is sent next time.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        if (!await SendCrashesAsync(cancellationToken))
        {
            return;
        }

        while ((_unsent ??= telemetry.TakeBatch($"{_name}-{_batches++}")) is { } batch)
        {
            if (!await SendAsync(batch, cancellationToken))
            {
                return;
            }

            _unsent = null;
        }
    }

    // A crash stays in its file until the service has it, so that a version that kills its process again and again is found out all the same.
    private async Task<bool> SendCrashesAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var crash in telemetry.TakeCrashes(MostCrashes))
            {
                using (crash)
                {
                    if (!await SendAsync(BatchOf(crash), cancellationToken))
                    {
                        return false;
                    }

                    VersionLog.Crashed(settings.Logger, crash.Served.Version, crash.Served.ModelId);
                    crash.Delete();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            VersionLog.CrashesUnknown(settings.Logger, exception.Message);
        }

        return true;
    }

    private static TelemetryRequest BatchOf(CrashMarker crash) => new()
    {
        BatchId = $"crash-{crash.Name}",
        Reports = [new VersionTelemetryMessage { ModelId = crash.Served.ModelId, Version = crash.Served.Version, Inferences = 1, Crashes = 1 }],
    };

    // False: later.
    private async Task<bool> SendAsync(TelemetryRequest batch, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var reason in (await api.SendTelemetryAsync(device.RequiredId, batch, cancellationToken)).Refused)
            {
                VersionLog.TelemetryRefused(settings.Logger, reason);
            }
        }
        catch (OctomilException exception) when (exception.IsTransient || exception.IsAuthentication)
        {
            return false;
        }
        catch (OctomilException exception)
        {
            VersionLog.TelemetryRefused(settings.Logger, exception.Detail);
        }

        return true;
    }
}
