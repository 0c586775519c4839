using Microsoft.Extensions.Logging;

namespace Octomil.Training;

internal sealed partial class TrainingRunGrain
{
    [LoggerMessage(2060, LogLevel.Information, "Run {RunId} over model {ModelId} started: {Strategy}, {Rounds} rounds.")]
    private static partial void LogStarted(ILogger logger, string runId, string modelId, string strategy, int rounds);

    [LoggerMessage(2061, LogLevel.Information, "Run {RunId}: round {RoundId} is {Outcome}; {Closed} of {Rounds} rounds are done.")]
    private static partial void LogRoundClosed(ILogger logger, string runId, string roundId, RoundPhase outcome, int closed, int rounds);

    [LoggerMessage(2062, LogLevel.Information, "Run {RunId} is {Phase} after {Rounds} rounds.")]
    private static partial void LogEnded(ILogger logger, string runId, RunPhase phase, int rounds);
}
