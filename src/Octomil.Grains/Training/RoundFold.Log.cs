using Microsoft.Extensions.Logging;

namespace Octomil.Training;

internal sealed partial class RoundFold
{
    [LoggerMessage(2040, LogLevel.Error, "Round {RoundId}: a batch of {Count} updates could not be made durable; their devices send them again.")]
    private static partial void LogCommitFailed(ILogger logger, Exception exception, string roundId, int count);

    [LoggerMessage(2041, LogLevel.Warning, "Round {RoundId}: registration {Sequence} is unanswered and repeated.")]
    private static partial void LogRegistrationUnanswered(ILogger logger, Exception exception, string roundId, long sequence);

    [LoggerMessage(2042, LogLevel.Warning, "Checkpoint {Name} of round {RoundId} could not be deleted; it goes with the round.")]
    private static partial void LogCheckpointLeft(ILogger logger, Exception exception, string name, string roundId);
}
