using Spectre.Console;

namespace Octomil;

/// <summary>One invocation: its streams, its service, and whether it prints JSON.</summary>
internal sealed class CommandContext(IConsoleStreams streams, CommandEnvironment environment, string? apiBaseOption) : IDisposable
{
    private ApiClient? _api;

    public IConsoleStreams Streams { get; } = streams;
    public CommandEnvironment Environment { get; } = environment;
    public bool Json { get; init; }

    /// <summary>The service, as the owner of the stored key.</summary>
    public ApiClient Api => _api ??= Connect();

    /// <summary>The terminal for bars and live displays of data; none when standard output goes elsewhere.</summary>
    public IAnsiConsole? OutTerminal => Json ? null : Terminals.For(Streams.Out, Streams.OutIsTerminal, Environment);

    /// <summary>The terminal for progress; none when standard error goes elsewhere.</summary>
    public IAnsiConsole? ErrorTerminal => Terminals.For(Streams.Error, Streams.ErrorIsTerminal, Environment);

    public Uri FindApiBase() => ServiceAddress.Find(apiBaseOption, Environment).ApiBase;

    public void Data(string line) => Streams.Out.WriteLine(line);

    public void Data(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Data(line);
        }
    }

    public void Note(string line) => Streams.Error.WriteLine(line);

    public void Show<T>(ApiAnswer<T> answer, Action<T> show)
    {
        if (Json)
        {
            Data(answer.Json);
        }
        else
        {
            show(answer.Value);
        }
    }

    public void Dispose() => _api?.Dispose();

    /// <exception cref="CommandFailureException">There is none.</exception>
    public string FindApiKey() => ServiceAddress.Find(apiBaseOption, Environment).ApiKey ?? throw new CommandFailureException(
        ExitCodes.Connection, "There is no API key.", "log in with `octomil login --api-key KEY`, or set OCTOMIL_API_KEY");

    private ApiClient Connect()
    {
        var address = ServiceAddress.Find(apiBaseOption, Environment);
        return address is { ApiKey: null, Session: null }
            ? throw new CommandFailureException(
                ExitCodes.Connection, "There is no API key.", "log in with `octomil login --api-key KEY`, --email EMAIL or --sso, or set OCTOMIL_API_KEY")
            : new ApiClient(address, Environment.Time, Environment.HomeFolder);
    }
}
