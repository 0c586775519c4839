using Microsoft.Extensions.Logging;

namespace Octomil.Client.Tokens;

/// <summary>One readable line per event of a device's tokens. Never a token.</summary>
internal static partial class TokenLog
{
    [LoggerMessage(7020, LogLevel.Information, "The device's tokens are renewed")]
    public static partial void Renewed(ILogger logger);

    [LoggerMessage(7021, LogLevel.Warning, "The device's tokens could not be renewed: {Reason}")]
    public static partial void NotRenewed(ILogger logger, string reason);

    [LoggerMessage(7022, LogLevel.Warning, "The device's new tokens could not be kept: {Reason}")]
    public static partial void NotKept(ILogger logger, string reason);
}
