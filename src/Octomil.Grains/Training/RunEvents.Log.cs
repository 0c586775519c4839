using Microsoft.Extensions.Logging;

namespace Octomil.Training;

internal sealed partial class RunEvents
{
    [LoggerMessage(2070, LogLevel.Warning, "An event of run {RunId} could not be published; its watchers are right again with the next one.")]
    private static partial void LogEventLost(ILogger logger, Exception exception, string runId);
}
