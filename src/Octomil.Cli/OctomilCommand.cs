using System.CommandLine;
using System.CommandLine.Invocation;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Federations;
using Octomil.Inference;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;
using Octomil.Webhooks;

namespace Octomil;

/// <summary>The <c>octomil</c> command: arguments in, an exit code out.</summary>
internal static class OctomilCommand
{
    public static async Task<int> RunAsync(
        string[] args, IConsoleStreams streams, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        var root = CreateRoot(new CommandHost(streams, environment));
        var parse = root.Parse(args);
        try
        {
            return parse.Action is ParseErrorAction
                ? Misused(root, parse, streams, environment)
                : MistakenOption(parse, args) is { } option
                ? throw CommandFailureException.Usage($"'{Printable.Text(option)}' is not an option of this command.", HelpHint(parse))
                : await parse.InvokeAsync(Configuration(streams.Out, streams.Error), cancellationToken);
        }
        catch (CommandFailureException failure)
        {
            ErrorText.Write(streams, environment, failure.Message, failure.Hint);
            return failure.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ErrorText.Write(streams, environment, "Interrupted.", hint: null);
            return ExitCodes.Refused;
        }
        catch (Exception bug)
        {
            // The top of the process: what nobody expected is still said in full, and told apart by its code.
            ErrorText.Write(streams, environment, $"octomil itself failed: {bug}", "this is a bug of the command; please report the text above");
            return ExitCodes.Bug;
        }
    }

    public static RootCommand CreateRoot(CommandHost host)
    {
        var root = new RootCommand("Federated training from a terminal: organizations train one model, their data stays where it is.");
        root.Add(host.Json);
        root.Add(host.ApiBase);
        root.Add(LoginCommand.Create(host));
        root.Add(OrgCommand.Create(host));
        root.Add(TeamCommand.Create(host));
        root.Add(KeysCommand.Create(host));
        root.Add(AuditCommand.Create(host));
        root.Add(WebhookCommand.Create(host));
        root.Add(PrivacyCommand.Create(host));
        root.Add(DevicesCommand.Create(host));
        root.Add(GroupCommand.Create(host));
        root.Add(FederationCommand.Create(host));
        root.Add(PushCommand.Create(host));
        root.Add(PullCommand.Create(host));
        root.Add(ModelsCommand.Create(host));
        root.Add(ArchitectureCommand.Create(host));
        root.Add(TrainCommand.Create(host));
        root.Add(DeployCommand.Create(host));
        root.Add(RolloutCommand.Create(host));
        root.Add(RollbackCommand.Create(host));
        root.Add(ExperimentCommand.Create(host));
        root.Add(ServeCommand.Create(host));
        root.Add(CompletionsCommand.Create(host));
        Examples.ShowIn(root);
        return root;
    }

    private static int Misused(RootCommand root, ParseResult parse, IConsoleStreams streams, CommandEnvironment environment)
    {
        var path = PathOf(parse);
        if (parse.CommandResult.Command.Subcommands.Count > 0 && parse.UnmatchedTokens.Count == 0)
        {
            // `octomil train` alone: the list of what can follow helps more than a complaint.
            root.Parse([.. path.Skip(1), "--help"]).Invoke(Configuration(streams.Error, streams.Error));
            return ExitCodes.Usage;
        }

        var messages = parse.Errors.Select(error => Printable.Text(error.Message)).Distinct();
        ErrorText.Write(streams, environment, string.Join(" ", messages), HelpHint(parse));
        return ExitCodes.Usage;
    }

    // Where an argument is expected, the parser takes an option that it does not know for its value; behind `--` it is meant so.
    private static string? MistakenOption(ParseResult parse, string[] args) => args.Contains("--") ? null : parse.CommandResult.Children
        .OfType<System.CommandLine.Parsing.ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(value => value is ['-', _, ..]);

    private static string HelpHint(ParseResult parse) => $"`{string.Join(' ', PathOf(parse))} --help` shows what is expected";

    private static List<string> PathOf(ParseResult parse)
    {
        var path = new List<string>();
        for (var result = parse.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            path.Insert(0, result.Command is RootCommand ? "octomil" : result.Command.Name);
        }

        return path;
    }

    // The process handles its own signals (Program), and failures become exit codes here.
    private static InvocationConfiguration Configuration(TextWriter output, TextWriter error) =>
        new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error };
}
