using Spectre.Console;

namespace Octomil;

/// <summary>Colours, bars and live displays, only where a person looks.</summary>
internal static class Terminals
{
    public static IAnsiConsole? For(TextWriter writer, bool isTerminal, CommandEnvironment environment)
    {
        if (!isTerminal || environment.DumbTerminal)
        {
            return null;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            // Old Windows consoles do not know the sequences; terminals elsewhere do.
            Ansi = OperatingSystem.IsWindows() ? AnsiSupport.Detect : AnsiSupport.Yes,
            ColorSystem = environment.NoColor ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.Yes,
        });
        return console.Profile.Capabilities.Ansi ? console : null;
    }
}
