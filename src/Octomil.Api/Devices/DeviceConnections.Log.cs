using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

internal sealed partial class DeviceConnections
{
    [LoggerMessage(6201, LogLevel.Debug, "A push to device {DeviceId} was not sent")]
    private static partial void LogPushFailed(ILogger logger, Exception exception, string deviceId);
}
