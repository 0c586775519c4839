using Microsoft.Extensions.Logging;

namespace Octomil.Client.Rounds;

/// <summary>One readable line per event of a round. Never weights, samples or keys.</summary>
internal static partial class RoundLog
{
    [LoggerMessage(7100, LogLevel.Information, "Selected for round {Round} of {Model} ({Kind}), due {Deadline:u}")]
    public static partial void Selected(ILogger logger, string round, string model, string kind, DateTimeOffset deadline);

    [LoggerMessage(7101, LogLevel.Information, "Trained round {Round} of {Model}: {SampleCount} samples, {Results}")]
    public static partial void Trained(ILogger logger, int round, string model, long sampleCount, string results);

    [LoggerMessage(7102, LogLevel.Information, "Sent the {Kind} answer of round {Round} of {Model}: {Status} ({UpdateId})")]
    public static partial void Sent(ILogger logger, string kind, int round, string model, string status, string updateId);

    [LoggerMessage(7103, LogLevel.Information, "Round {Round} of {Model} closed before this device had answered: {Outcome}")]
    public static partial void ClosedEarly(ILogger logger, int round, string model, string outcome);

    [LoggerMessage(7104, LogLevel.Warning, "Round {Round} of {Model}: the deadline passed before this device had answered")]
    public static partial void DeadlinePassed(ILogger logger, int round, string model);

    [LoggerMessage(7105, LogLevel.Information, "Round {Round} of {Model} does not take this device's answer ({Code}): {Detail}")]
    public static partial void Refused(ILogger logger, int round, string model, string code, string detail);

    [LoggerMessage(7106, LogLevel.Error, "Round {Round} of {Model} failed on this device: {Reason}")]
    public static partial void Failed(ILogger logger, int round, string model, string reason);

    [LoggerMessage(7107, LogLevel.Information, "Round {Round} of {Model} is left out: {Reason}")]
    public static partial void NotSupported(ILogger logger, int round, string model, string reason);

    [LoggerMessage(7108, LogLevel.Warning, "Round {Round} of {Model}: not sent yet, again in {Seconds:0.0} s: {Reason}")]
    public static partial void SendingAgain(ILogger logger, int round, string model, double seconds, string reason);

    [LoggerMessage(7109, LogLevel.Warning, "{Reason} Received {Received} of {Bytes} bytes, going on in {Seconds:0.0} s")]
    public static partial void DownloadInterrupted(ILogger logger, string reason, int received, long bytes, double seconds);

    [LoggerMessage(7110, LogLevel.Debug, "Round {Round} of {Model}: {Percent:0} % trained")]
    public static partial void Progress(ILogger logger, int round, string model, double percent);

    [LoggerMessage(7111, LogLevel.Information, "Round {RoundId} closed: {Outcome}")]
    public static partial void Closed(ILogger logger, string roundId, string outcome);

    [LoggerMessage(7112, LogLevel.Warning, "Selected for {Model}, which this device does not train")]
    public static partial void UnknownModel(ILogger logger, string model);
}
