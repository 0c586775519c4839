using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

internal sealed partial class DevicePush
{
    [LoggerMessage(2110, LogLevel.Information, "News of {Subject} did not reach {Silo}; its devices find it when they poll.")]
    private static partial void LogPushLost(ILogger logger, Exception exception, string subject, SiloAddress silo);

    [LoggerMessage(2111, LogLevel.Warning, "{Silo} did not answer that it ended the connections of the revoked key {KeyId}; they end when it dies, or when the key is revoked again.")]
    private static partial void LogKeyNotEnded(ILogger logger, Exception exception, string keyId, SiloAddress silo);
}
