using Spectre.Console;

namespace Octomil;

/// <summary>How failures are written: <c>error: ...</c>, and below it <c>hint: ...</c> where there is one.</summary>
internal static class ErrorText
{
    public static void Write(IConsoleStreams streams, CommandEnvironment environment, string message, string? hint)
    {
        WriteLine(streams, environment, "error:", Color.Red, message);
        if (hint is not null)
        {
            WriteLine(streams, environment, "hint:", Color.Yellow, hint);
        }
    }

    private static void WriteLine(IConsoleStreams streams, CommandEnvironment environment, string label, Color color, string text)
    {
        if (Terminals.For(streams.Error, streams.ErrorIsTerminal, environment) is { } terminal)
        {
            // The label alone goes through the styled console: it would wrap the text.
            terminal.Write(new Text(label, new Style(color)));
        }
        else
        {
            streams.Error.Write(label);
        }

        streams.Error.WriteLine(" " + text);
    }
}
