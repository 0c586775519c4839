using Microsoft.Extensions.Logging;

namespace Octomil;

internal sealed partial class ApiErrors
{
    [LoggerMessage(6000, LogLevel.Error, "{Method} {Endpoint} failed. Trace {TraceId}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method, string endpoint, string traceId);

    [LoggerMessage(6001, LogLevel.Warning, "{Method} {Endpoint} found a part of the service unavailable. Trace {TraceId}")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string method, string endpoint, string traceId);
}
