using Microsoft.Extensions.Logging;

namespace Octomil.Device;

/// <summary>What the agent says beside what the SDK says.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(7200, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(7201, LogLevel.Error, "{Reason}")]
    public static partial void Failed(ILogger logger, string reason);

    [LoggerMessage(7202, LogLevel.Debug, "The failure in full")]
    public static partial void FailedInFull(ILogger logger, Exception exception);

    [LoggerMessage(7203, LogLevel.Information, "The run {SessionId} is {Status}: took part in {Rounds} training rounds; new version: {Version}")]
    public static partial void RunEnded(ILogger logger, string? sessionId, string status, int rounds, string version);
}
