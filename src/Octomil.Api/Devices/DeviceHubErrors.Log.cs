using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

internal sealed partial class DeviceHubErrors
{
    [LoggerMessage(6202, LogLevel.Error, "The hub's {Method} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method);
}
