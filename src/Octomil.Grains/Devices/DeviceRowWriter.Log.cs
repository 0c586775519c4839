using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

internal sealed partial class DeviceRowWriter
{
    [LoggerMessage(2100, LogLevel.Warning, "{Count} device rows could not be written; they are written when the devices are seen again.")]
    private static partial void LogBatchLost(ILogger logger, Exception exception, int count);
}
