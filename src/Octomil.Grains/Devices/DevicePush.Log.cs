using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

internal sealed partial class DevicePush
{
    [LoggerMessage(2110, LogLevel.Information, "News of round {RoundId} did not reach {Silo}; its devices find it when they poll.")]
    private static partial void LogPushLost(ILogger logger, Exception exception, string roundId, SiloAddress silo);
}
