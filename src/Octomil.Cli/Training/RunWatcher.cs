using System.CommandLine;

namespace Octomil.Training;

/// <summary><c>--watch</c> and <c>--wait</c>: follow a run on the view that fits, or on none, and end with the run's outcome as exit code.</summary>
internal sealed class RunWatcher
{
    private readonly Option<bool> _watch = new("--watch") { Description = "Follow the run until it ends; Ctrl-C leaves, the run goes on" };
    private readonly WaitOptions _wait;

    public RunWatcher() => _wait = new WaitOptions("the run ends", _watch);

    public Command AddTo(Command command) => _wait.AddTo(command.With(_watch));

    public bool IsWanted(ParseResult parse) => parse.GetValue(_watch) || _wait.IsWanted(parse);

    /// <param name="parse">Whether to show it, and for how long.</param>
    /// <param name="context">Where to.</param>
    /// <param name="run">The model, and its run; null: the latest.</param>
    /// <param name="cancellationToken">The user leaves.</param>
    public async Task<int> WatchAsync(ParseResult parse, CommandContext context, (string Model, string? SessionId) run, CancellationToken cancellationToken)
    {
        var feed = new RunFeed(context.Api, context.Environment.Time, run.Model, run.SessionId);
        var view = parse.GetValue(_watch) ? ViewFor(context) : new SilentRunView(context);
        var again = $"octomil train status {Printable.Text(run.Model)} --watch";
        try
        {
            return await _wait.WithinAsync(
                parse, context, ($"The run over {Printable.Text(run.Model)}", $"`{again}` watches it again"),
                async token => Conclude(context, await view.ShowAsync(feed, token)), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Note("");
            context.Note($"You left; the run goes on. Watch it again with: {again}");
            return ExitCodes.Ok;
        }
    }

    private static IRunView ViewFor(CommandContext context)
    {
        if (context.Json)
        {
            return new JsonRunView(context);
        }

        return context.OutTerminal is { } terminal ? new LiveRunView(terminal, context.Environment.Time) : new PlainRunView(context);
    }

    private static int Conclude(CommandContext context, TrainingStatusResponse last)
    {
        if (last.Status == RunStatuses.Completed)
        {
            if (!context.Json)
            {
                context.Data(StatusText.CompletedLines(last));
            }

            return ExitCodes.Ok;
        }

        var how = last.Status == RunStatuses.Stopped ? "was stopped" : "failed";
        var reason = last.Reason is { } text ? $": {Printable.Text(text)}" : ".";
        throw new CommandFailureException(ExitCodes.Refused, $"Training of {Printable.Text(last.Model)} {how} in round {last.CurrentRound}{reason}");
    }
}
