namespace Octomil;

/// <summary>What a command takes from its surroundings besides the streams.</summary>
internal sealed class CommandEnvironment
{
    /// <summary>Looks up an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The folder that <c>.octomil</c> is in.</summary>
    public required string HomeFolder { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>NO_COLOR counts when it is present and not empty (no-color.org).</summary>
    public bool NoColor => !string.IsNullOrEmpty(Variable("NO_COLOR"));

    /// <summary>A terminal that says it can do nothing gets the plain output of a log.</summary>
    public bool DumbTerminal => Variable("TERM") == "dumb";

    public static CommandEnvironment OfThisProcess() => new()
    {
        Variable = Environment.GetEnvironmentVariable,
        HomeFolder = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
    };
}
