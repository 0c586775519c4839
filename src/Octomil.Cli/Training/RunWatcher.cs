namespace Octomil.Training;

/// <summary><c>--watch</c>: follows a run on the view that fits, and ends with the run's outcome as exit code.</summary>
internal static class RunWatcher
{
    public static async Task<int> WatchAsync(CommandContext context, string model, string? sessionId, CancellationToken cancellationToken)
    {
        var feed = new RunFeed(context.Api, context.Environment.Time, model, sessionId);
        try
        {
            return Conclude(context, await ViewFor(context).ShowAsync(feed, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Note("");
            context.Note($"You left; the run goes on. Watch it again with: octomil train status {Printable.Text(model)} --watch");
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
