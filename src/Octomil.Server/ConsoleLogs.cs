namespace Octomil.Server;

/// <summary>One line for each event, with the time: for people, or as JSON where <c>Octomil:Logs:Format</c> is <c>json</c>.</summary>
internal static class ConsoleLogs
{
    private const string Setting = "Octomil:Logs:Format";

    public static ILoggingBuilder AddOctomilConsole(this ILoggingBuilder logging, IConfiguration configuration) => configuration[Setting] switch
    {
        null or "" or "text" => logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss.fff ";
            options.UseUtcTimestamp = true;
        }),
        "json" => logging.AddJsonConsole(options =>
        {
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            options.UseUtcTimestamp = true;
        }),
        var other => throw new InvalidOperationException($"{Setting} must be text or json, and is '{other}'."),
    };
}
