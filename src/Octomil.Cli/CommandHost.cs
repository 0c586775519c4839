using System.CommandLine;

namespace Octomil;

/// <summary>The options that every command has, and how a command is run.</summary>
internal sealed class CommandHost(IConsoleStreams streams, CommandEnvironment environment)
{
    public Option<bool> Json { get; } = new("--json") { Description = "Print the API's JSON instead of text", Recursive = true };

    public Option<string?> ApiBase { get; } = new("--api-base")
    {
        Description = $"Address of the service (default: OCTOMIL_API_BASE, the login, or {ServiceAddress.Default})",
        HelpName = "URL",
        Recursive = true,
    };

    public IConsoleStreams Streams { get; } = streams;
    public CommandEnvironment Environment { get; } = environment;

    public CommandContext Open(ParseResult parse) => new(Streams, Environment, parse.GetValue(ApiBase)) { Json = parse.GetValue(Json) };
}
