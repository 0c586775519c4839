using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

internal sealed partial class DeviceHub
{
    [LoggerMessage(6200, LogLevel.Debug, "Device {DeviceId} disconnected, and its grain did not hear of it")]
    private static partial void LogDisconnectUntold(ILogger logger, Exception exception, string deviceId);
}
