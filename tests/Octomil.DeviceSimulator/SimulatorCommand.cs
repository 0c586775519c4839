using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Octomil.Client.Http;
using Octomil.DeviceSimulator.Fleet;
using Octomil.DeviceSimulator.Histories;

namespace Octomil.DeviceSimulator;

/// <summary>The command line.</summary>
internal static class SimulatorCommand
{
    private const int Refused = 1;
    private const int Usage = 4;

    private static readonly Option<string[]> Servers = new("--server") { Description = "Address of a server; several: devices are spread over them", Required = true };
    private static readonly Option<string[]> Keys = new("--key") { Description = "API key of an organization (devices:write, training:write); several: devices are spread over them", Required = true };
    private static readonly Option<string> Model = new("--model") { Description = "The model that is trained", Required = true };
    private static readonly Option<string> Federation = new("--federation") { Description = "The federation that trains it, where it is shared with several" };
    private static readonly Option<int> Devices = new("--devices") { Description = "How many devices", DefaultValueFactory = _ => 100 };
    private static readonly Option<string> Prefix = new("--prefix") { Description = "Devices are PREFIX-0, PREFIX-1, ...", DefaultValueFactory = _ => "simulated" };
    private static readonly Option<long> Seed = new("--seed") { Description = "Everything that is drawn is drawn from it", DefaultValueFactory = _ => 1 };
    private static readonly Option<ThinkTime> Think = new("--think")
    {
        Description = "Seconds before an update is sent: S, uniform:LEAST:MOST or exponential:MEAN",
        CustomParser = ParseThink,
        DefaultValueFactory = _ => ThinkTime.None,
    };

    private static readonly Option<double> DropOut = Probability("--drop-out", "Probability that a device fails a round: silent, or breaking off in the middle");
    private static readonly Option<double> Duplicates = Probability("--duplicates", "Probability that an update is sent twice at once, to another server where there is one");
    private static readonly Option<double> SlowShare = Probability("--slow-share", "Probability that a device has a slow line");
    private static readonly Option<double> SlowBytes = new("--slow-bytes-per-second") { Description = "How fast a slow line sends", DefaultValueFactory = _ => 16 * 1024 };
    private static readonly Option<double?> StormEvery = new("--storm-every") { Description = "Seconds after which every connection is dropped at once, again and again" };
    private static readonly Option<double> Poll = new("--poll") { Description = "Seconds between a device's questions for assignments", DefaultValueFactory = _ => 30 };
    private static readonly Option<int> AtOnce = new("--at-once") { Description = "Connections that are opened at the same time", DefaultValueFactory = _ => 64 };
    private static readonly Option<int?> Rounds = new("--rounds") { Description = "Start a run of so many rounds and end with it; without: take part in what others start" };
    private static readonly Option<string> Strategy = new("--strategy") { Description = "The run's strategy", DefaultValueFactory = _ => "fedavg" };
    private static readonly Option<Dictionary<string, string>> StrategyParams = new("--param")
    {
        Description = "A parameter of the strategy, NAME=VALUE; several times for several",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseParams,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int?> TargetUpdates = new("--target-updates") { Description = "Updates at which a round closes; without: all devices" };
    private static readonly Option<int?> MinUpdates = new("--min-updates") { Description = "Fewest updates of a round; without: all devices" };
    private static readonly Option<int?> MinDevices = new("--min-devices") { Description = "Devices that must be there for a round to open; without: as many as --min-updates" };
    private static readonly Option<double?> RoundTimeout = new("--round-timeout") { Description = "Seconds until a round's deadline" };
    private static readonly Option<double> Duration = new("--duration") { Description = "The longest that it lasts, in seconds", DefaultValueFactory = _ => 600 };
    private static readonly Option<string> History = new("--history") { Description = "The file of what devices were told (JSON lines)", DefaultValueFactory = _ => "history.jsonl" };
    private static readonly Argument<string> HistoryArgument = new("HISTORY") { Description = "A history that a simulation wrote" };

    /// <summary>Arguments in, an exit code out: 0 where the history holds, 1 where it does not or a server refused, 4 for wrong usage.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var check = new Command("check", "Checks a history again") { HistoryArgument };
        check.SetAction((parse, token) => CheckAsync(parse.GetRequiredValue(HistoryArgument), output, token));
        var run = new Command("run", "Simulates devices, writes their history and checks it")
        {
            Servers, Keys, Model, Federation, Devices, Prefix, Seed, Think, DropOut, Duplicates, SlowShare, SlowBytes, StormEvery, Poll,
            AtOnce, Rounds, Strategy, StrategyParams, TargetUpdates, MinUpdates, MinDevices, RoundTimeout, Duration, History,
        };
        run.SetAction((parse, token) => SimulateAsync(Read(parse), output, error, token));
        var parse = new RootCommand("Many devices of the device protocol in one process: no data, no training, seeded updates.") { run, check }.Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            await error.WriteLineAsync(string.Join(' ', parse.Errors.Select(problem => problem.Message).Distinct()) + " See --help.");
            return Usage;
        }

        var console = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error };
        return await parse.InvokeAsync(console, cancellationToken);
    }

    private static async Task<int> SimulateAsync(SimulationOptions options, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            await new Simulation(options, error).RunAsync(cancellationToken);
        }
        catch (OctomilException exception)
        {
            await error.WriteLineAsync(exception.Detail);
            return Refused;
        }
        catch (ArgumentException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return Usage;
        }

        return await CheckAsync(options.HistoryFile, output, cancellationToken);
    }

    private static async Task<int> CheckAsync(string file, TextWriter output, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            await output.WriteLineAsync($"There is no file {file}.");
            return Usage;
        }

        var events = new List<HistoryEvent>();
        await foreach (var happened in HistoryReader.ReadAsync(file, cancellationToken))
        {
            events.Add(happened);
        }

        var named = events.Find(happened => happened.Kind == HistoryKinds.Start)?.BaseFile;
        var baseFile = named is null ? null : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, named);
        var verdict = HistoryChecker.Check(events, File.Exists(baseFile) ? await File.ReadAllBytesAsync(baseFile, cancellationToken) : null);
        await HistorySummary.WriteAsync(events, verdict, output);
        return verdict.Violations.Count == 0 ? 0 : Refused;
    }

    private static SimulationOptions Read(ParseResult parse) => new()
    {
        Servers = parse.GetRequiredValue(Servers),
        Keys = parse.GetRequiredValue(Keys),
        Model = parse.GetRequiredValue(Model),
        Federation = parse.GetValue(Federation),
        Devices = parse.GetValue(Devices),
        Prefix = parse.GetValue(Prefix)!,
        Seed = parse.GetValue(Seed),
        Think = parse.GetValue(Think)!,
        DropOut = parse.GetValue(DropOut),
        Duplicates = parse.GetValue(Duplicates),
        SlowShare = parse.GetValue(SlowShare),
        SlowBytesPerSecond = parse.GetValue(SlowBytes),
        StormEvery = parse.GetValue(StormEvery) is { } every ? TimeSpan.FromSeconds(every) : null,
        Poll = TimeSpan.FromSeconds(parse.GetValue(Poll)),
        AtOnce = parse.GetValue(AtOnce),
        Rounds = parse.GetValue(Rounds),
        Strategy = parse.GetValue(Strategy)!,
        StrategyParams = parse.GetValue(StrategyParams)!,
        TargetUpdates = parse.GetValue(TargetUpdates),
        MinUpdates = parse.GetValue(MinUpdates),
        MinDevices = parse.GetValue(MinDevices),
        RoundTimeoutSeconds = parse.GetValue(RoundTimeout),
        Duration = TimeSpan.FromSeconds(parse.GetValue(Duration)),
        HistoryFile = parse.GetValue(History)!,
    };

    private static Option<double> Probability(string name, string description)
    {
        var option = new Option<double>(name) { Description = $"{description} (0 to 1)" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<double>() is not (>= 0 and <= 1))
            {
                result.AddError($"{name} must be a number from 0 to 1.");
            }
        });
        return option;
    }

    private static Dictionary<string, string>? ParseParams(ArgumentResult result)
    {
        var parts = result.Tokens.Select(token => token.Value.Split('=', 2)).ToList();
        if (parts.TrueForAll(part => part is [{ Length: > 0 }, { Length: > 0 }]))
        {
            return parts.GroupBy(part => part[0], StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last()[1], StringComparer.Ordinal);
        }

        result.AddError("--param must be NAME=VALUE, such as buffer=100.");
        return null;
    }

    private static ThinkTime? ParseThink(ArgumentResult result)
    {
        if (ThinkTime.Parse(result.Tokens[0].Value) is { } think)
        {
            return think;
        }

        result.AddError("--think must be seconds, uniform:LEAST:MOST or exponential:MEAN.");
        return null;
    }
}
