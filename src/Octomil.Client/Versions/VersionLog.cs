using Microsoft.Extensions.Logging;

namespace Octomil.Client.Versions;

/// <summary>One readable line per event of a version. Never weights or keys.</summary>
internal static partial class VersionLog
{
    [LoggerMessage(7150, LogLevel.Information, "Version {Version} of {ModelId} runs now")]
    public static partial void Activated(ILogger logger, string version, string modelId);

    [LoggerMessage(7151, LogLevel.Error, "Version {Version} of {ModelId} does not run here: {Reason}")]
    public static partial void Failed(ILogger logger, string version, string modelId, string reason);

    [LoggerMessage(7152, LogLevel.Warning, "Version {Version} of {ModelId}: {Reason} Going on in {Seconds:0.0} s")]
    public static partial void Interrupted(ILogger logger, string version, string modelId, string reason, double seconds);

    [LoggerMessage(7153, LogLevel.Warning, "The service was not told of version {Version} of {ModelId}: {Reason} It is with the next heartbeat")]
    public static partial void NotReported(ILogger logger, string version, string modelId, string reason);

    [LoggerMessage(7154, LogLevel.Warning, "What inferences counted was not taken: {Reason}")]
    public static partial void TelemetryRefused(ILogger logger, string reason);

    [LoggerMessage(7155, LogLevel.Warning, "The name of {ModelId} is not known yet: {Reason}")]
    public static partial void NameUnknown(ILogger logger, string modelId, string reason);

    [LoggerMessage(7156, LogLevel.Warning, "Version {Version} of {ModelId} was in use when this program died last time")]
    public static partial void Crashed(ILogger logger, string version, string modelId);

    [LoggerMessage(7157, LogLevel.Warning, "Whether versions crashed here cannot be told: {Reason}")]
    public static partial void CrashesUnknown(ILogger logger, string reason);
}
