using Microsoft.Extensions.Logging;

namespace Octomil.Webhooks;

internal sealed partial class WebhookGrain
{
    [LoggerMessage(2600, LogLevel.Information, "{Webhook}: event {EventId} was sent: {StatusCode}; {Pending} more to deliver.")]
    private static partial void LogAttempted(ILogger logger, string webhook, string eventId, int? statusCode, int pending);

    [LoggerMessage(2601, LogLevel.Warning, "{Webhook} is disabled: {Reason}")]
    private static partial void LogDisabled(ILogger logger, string webhook, string? reason);

    [LoggerMessage(2602, LogLevel.Warning, "{Webhook}: what came of sending event {EventId} could not be saved; it is sent again.")]
    private static partial void LogLost(ILogger logger, Exception exception, string webhook, string eventId);
}
