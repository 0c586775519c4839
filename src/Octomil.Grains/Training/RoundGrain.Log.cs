using Microsoft.Extensions.Logging;

namespace Octomil.Training;

internal sealed partial class RoundGrain
{
    [LoggerMessage(2000, LogLevel.Information, "Round {RoundId} (number {Number}, {Kind}) is open for {Devices} devices.")]
    private static partial void LogOpened(ILogger logger, string roundId, int number, RoundKind kind, int devices);

    [LoggerMessage(2001, LogLevel.Debug, "Round {RoundId}: registration {Sequence} with {Count} updates, {Total} of {Target} counted.")]
    private static partial void LogRegistered(ILogger logger, string roundId, long sequence, int count, int total, int target);

    [LoggerMessage(2002, LogLevel.Information, "Round {RoundId} is sealed with {Updates} updates, in {Milliseconds:F0} ms.")]
    private static partial void LogSealed(ILogger logger, string roundId, int updates, double milliseconds);

    [LoggerMessage(2003, LogLevel.Warning, "Round {RoundId} is abandoned: {Reason}")]
    private static partial void LogAbandoned(ILogger logger, string roundId, string reason);

    [LoggerMessage(2004, LogLevel.Error, "Round {RoundId} cannot be sealed while storage is unavailable; it is tried again.")]
    private static partial void LogSealingWaits(ILogger logger, Exception exception, string roundId);

    [LoggerMessage(2005, LogLevel.Error, "Round {RoundId} cannot be sealed.")]
    private static partial void LogSealingFailed(ILogger logger, Exception exception, string roundId);

    [LoggerMessage(2006, LogLevel.Error, "The key of round {RoundId} does not open; the round is abandoned.")]
    private static partial void LogKeyLost(ILogger logger, Exception exception, string roundId);

    [LoggerMessage(2007, LogLevel.Warning, "The key of round {RoundId} could not be erased yet; it is tried again.")]
    private static partial void LogKeyLeft(ILogger logger, Exception exception, string roundId);
}
