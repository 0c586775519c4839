namespace Octomil.Server;

/// <summary>One line for each event, with the time.</summary>
internal static class ConsoleLogs
{
    public static ILoggingBuilder AddOctomilConsole(this ILoggingBuilder logging) => logging.AddSimpleConsole(options =>
    {
        options.SingleLine = true;
        options.TimestampFormat = "HH:mm:ss.fff ";
        options.UseUtcTimestamp = true;
    });
}
