using Microsoft.Extensions.Logging;

namespace Octomil.Client.Connections;

/// <summary>One readable line per event of the connection. Never a key.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(7000, LogLevel.Information, "Registered {DeviceIdentifier} as {DeviceId} of {OrgId}")]
    public static partial void Registered(ILogger logger, string deviceIdentifier, string deviceId, string orgId);

    [LoggerMessage(7001, LogLevel.Warning, "{DeviceIdentifier} is not registered yet: {Reason} Trying again until it is")]
    public static partial void NotRegistered(ILogger logger, string deviceIdentifier, string reason);

    [LoggerMessage(7002, LogLevel.Information, "Connected to {Url} as {DeviceIdentifier}; {Waiting} rounds wait")]
    public static partial void Connected(ILogger logger, Uri url, string deviceIdentifier, int waiting);

    [LoggerMessage(7003, LogLevel.Warning, "The connection was lost ({Reason}); connecting again")]
    public static partial void Lost(ILogger logger, string reason);

    [LoggerMessage(7004, LogLevel.Warning, "No connection to {Url} ({Reason}); trying again, and asking for rounds meanwhile")]
    public static partial void NotConnected(ILogger logger, Uri url, string reason);

    [LoggerMessage(7005, LogLevel.Error, "The service does not accept the API key any more; trying again in {Seconds:0} s")]
    public static partial void KeyRefused(ILogger logger, double seconds);

    [LoggerMessage(7006, LogLevel.Debug, "Asking for rounds failed: {Reason}")]
    public static partial void PollFailed(ILogger logger, string reason);

    [LoggerMessage(7007, LogLevel.Debug, "A heartbeat failed: {Reason}")]
    public static partial void HeartbeatFailed(ILogger logger, string reason);

    [LoggerMessage(7008, LogLevel.Information, "This device should run version {Version} of {ModelId}")]
    public static partial void VersionAssigned(ILogger logger, string modelId, string version);

    [LoggerMessage(7009, LogLevel.Error, "This device was revoked: {Reason}")]
    public static partial void Revoked(ILogger logger, string reason);

    [LoggerMessage(7010, LogLevel.Warning, "The service does not know this device any more; registering again")]
    public static partial void Unknown(ILogger logger);

    [LoggerMessage(7011, LogLevel.Error, "A callback of the program failed")]
    public static partial void CallbackFailed(ILogger logger, Exception exception);
}
