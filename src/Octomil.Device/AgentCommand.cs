using System.CommandLine;
using System.CommandLine.Invocation;

namespace Octomil.Device;

/// <summary>The command line of <c>octomil-device</c>.</summary>
internal static class AgentCommand
{
    private const string KeyVariable = "OCTOMIL_API_KEY";

    // A token for this device alone, in the place of the key; whoever starts the agent renews it, unless it is in a file.
    private const string TokenVariable = "OCTOMIL_DEVICE_TOKEN";
    private const string TokenFileVariable = "OCTOMIL_DEVICE_TOKEN_FILE";
    private static readonly Option<string?> ApiBase = new("--api-base") { Description = "Address of the service (default: OCTOMIL_API_BASE)", HelpName = "URL" };
    private static readonly Option<string?> ApiKey = new("--api-key")
    {
        Description = $"API key with devices:write; better in the environment ({KeyVariable}) or a file: others on this machine can read a command line",
        HelpName = "KEY",
    };

    private static readonly Option<string?> ApiKeyFile = new("--api-key-file") { Description = "File that holds the API key", HelpName = "FILE" };
    private static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = $"File with tokens of this device alone, in the place of a key (octomil devices token); they are renewed in it (default: {TokenFileVariable})", HelpName = "FILE",
    };

    private static readonly Option<string> Identifier = new("--identifier") { Description = "This device's name in its organization", HelpName = "NAME", Required = true };
    private static readonly Option<string[]> Models = new("--model") { Description = "Model to train; may be given several times, each with its --data", HelpName = "NAME", Required = true };
    private static readonly Option<string[]> Data = new("--data") { Description = "CSV file, idx file or folder of images; it stays here", HelpName = "PATH", Required = true };
    private static readonly Option<string[]> Targets = new("--target") { Description = "Column to predict (default: what the model says)", HelpName = "COLUMN" };
    private static readonly Option<string?> VersionFolder = new("--version-folder") { Description = "Folder for the model versions deployed to this device; kept up to date", HelpName = "PATH" };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads to train with", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> State = new("--state")
    {
        Description = "Folder of this device alone, for what scaffold and feddyn keep here from round to round (default: in memory, gone with the agent)", HelpName = "FOLDER",
    };

    private static readonly Option<bool> UntilRunEnds = new("--until-run-ends") { Description = "Leave when the run that selected this device has ended" };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Log details" };

    /// <summary>Arguments in, an exit code out.</summary>
    public static async Task<int> RunAsync(string[] args, AgentEnvironment environment, CancellationToken cancellationToken)
    {
        var root = new RootCommand("Takes part in federated training on this machine's data, whenever it is selected. The data stay here.")
        {
            ApiBase, ApiKey, ApiKeyFile, TokenFile, Identifier, Models, Data, Targets, VersionFolder, Threads, State, UntilRunEnds, Verbose,
        };
        root.Add(CompareCommand.Create(environment));
        root.SetAction((parse, token) => DeviceAgent.RunAsync(Read(parse, environment), environment, token));
        var parse = root.Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            return await MisusedAsync(environment, string.Join(' ', parse.Errors.Select(error => error.Message).Distinct()));
        }

        try
        {
            var console = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = environment.Output,
                Error = environment.Error,
            };
            return await parse.InvokeAsync(console, cancellationToken);
        }
        catch (UsageException exception)
        {
            return await MisusedAsync(environment, exception.Message);
        }
    }

    private static AgentOptions Read(ParseResult parse, AgentEnvironment environment) => new()
    {
        ApiKey = ReadTokenFile(parse, environment) is null ? ReadKey(parse, environment) : null,
        TokenFile = ReadTokenFile(parse, environment),
        ApiBase = NullIfEmpty(parse.GetValue(ApiBase)) ?? NullIfEmpty(environment.Variable(Client.FederatedClientOptions.ApiBaseVariable)),
        Identifier = NullIfEmpty(parse.GetValue(Identifier)) ?? throw new UsageException("--identifier is empty."),
        Models = ReadModels(parse),
        VersionFolder = NullIfEmpty(parse.GetValue(VersionFolder)),
        Threads = parse.GetValue(Threads) is > 0 and var threads ? threads : throw new UsageException("--threads is at least 1."),
        StateFolder = NullIfEmpty(parse.GetValue(State)),
        UntilRunEnds = parse.GetValue(UntilRunEnds),
        Verbose = parse.GetValue(Verbose),
    };

    // A key that was given on the command line is what was meant, whatever the environment says.
    private static string? ReadTokenFile(ParseResult parse, AgentEnvironment environment) => NullIfEmpty(parse.GetValue(TokenFile))
        ?? (parse.GetResult(ApiKey) is null && parse.GetResult(ApiKeyFile) is null ? NullIfEmpty(environment.Variable(TokenFileVariable)) : null);

    private static string ReadKey(ParseResult parse, AgentEnvironment environment)
    {
        if (NullIfEmpty(parse.GetValue(ApiKeyFile)) is { } file)
        {
            return File.Exists(file)
                ? NullIfEmpty(File.ReadAllText(file).Trim()) ?? throw new UsageException($"The file {file} is empty; it should hold the API key.")
                : throw new UsageException($"There is no file {file} with the API key.");
        }

        return NullIfEmpty(parse.GetValue(ApiKey)) ?? NullIfEmpty(environment.Variable(TokenVariable)) ?? NullIfEmpty(environment.Variable(KeyVariable))
            ?? throw new UsageException($"An API key is needed: set {KeyVariable}, or give --api-key-file or --token-file.");
    }

    private static List<AgentModel> ReadModels(ParseResult parse)
    {
        var (models, data, targets) = (parse.GetRequiredValue(Models), parse.GetRequiredValue(Data), parse.GetValue(Targets) ?? []);
        if (data.Length != models.Length || (targets.Length != 0 && targets.Length != models.Length))
        {
            throw new UsageException("Give one --data for each --model, in the same order, and a --target for each or for none.");
        }

        if (models.Distinct(StringComparer.Ordinal).Count() != models.Length)
        {
            throw new UsageException("A --model is given twice.");
        }

        if (parse.GetValue(UntilRunEnds) && models.Length > 1)
        {
            throw new UsageException("--until-run-ends goes with a single --model.");
        }

        return data.FirstOrDefault(path => !Path.Exists(path)) is { } missing
            ? throw new UsageException($"There is no file or folder {missing}.")
            : [.. models.Select((model, index) => new AgentModel(model, data[index], targets.ElementAtOrDefault(index)))];
    }

    private static async Task<int> MisusedAsync(AgentEnvironment environment, string message)
    {
        await environment.Error.WriteLineAsync($"octomil-device: {message} See octomil-device --help.");
        return ExitCodes.Usage;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
