using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Octomil.Training;

internal static class TrainCommand
{
    public static Command Create(CommandHost host) =>
        new Command("train", "Training runs").With(Start(host), Status(host), Stop(host), Pause(host), Resume(host), List(host));

    private static Command Start(CommandHost host)
    {
        var options = new StartOptions();
        var watcher = new RunWatcher();
        return watcher.AddTo(new Command("start", "Start a run over a model").With(options.Symbols)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var model = options.ModelOf(parse);
            var request = options.RequestOf(parse);
            if (request.Privacy is not null)
            {
                var forecast = await context.Api.PostAsync<TrainingForecastResponse>(TrainingPaths.Forecast, request, cancellationToken);
                foreach (var line in ForecastText.Lines(forecast.Value))
                {
                    context.Note(line);
                }
            }

            var answer = await context.Api.PostAsync<StartTrainingResponse>(TrainingPaths.Sessions, request, cancellationToken);
            context.Show(answer, started => context.Data($"Training started: {Printable.Text(model)} ({started.SessionId})"));
            if (watcher.IsWanted(parse))
            {
                return await watcher.WatchAsync(parse, context, (model, answer.Value.SessionId), cancellationToken);
            }

            context.Note($"Watch it with: octomil train status {Printable.Text(model)} --watch");
            return ExitCodes.Ok;
        });
    }

    private static Command Status(CommandHost host)
    {
        var model = Model();
        var watcher = new RunWatcher();
        return watcher.AddTo(new Command("status", "Show the run over a model").With(model)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            if (watcher.IsWanted(parse))
            {
                return await watcher.WatchAsync(parse, context, (name, null), cancellationToken);
            }

            var answer = await context.Api.GetAsync<TrainingStatusResponse>(TrainingPaths.Status(name), cancellationToken);
            context.Show(answer, status => context.Data(StatusText.Lines(status)));
            return ExitCodes.Ok;
        });
    }

    private static Command Stop(CommandHost host)
    {
        var model = Model();
        var publish = new Option<bool>("--publish") { Description = "Publish the last closed round's weights as a version" };
        return new Command("stop", "Stop the run; nothing is published unless asked").With(model, publish).Runs(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            var request = new StopTrainingRequest { Publish = parse.GetValue(publish) };
            var answer = await context.Api.PostAsync<StopTrainingResponse>(TrainingPaths.Command(name, "stop"), request, cancellationToken);
            context.Show(answer, stopped =>
            {
                context.Data(string.Create(CultureInfo.InvariantCulture, $"Training stopped: {Printable.Text(name)} after round {stopped.LastRound}"));
                if (stopped.NewVersion is { } version)
                {
                    context.Data($"New version: {Printable.Text(version)}");
                }
            });
        });
    }

    private static Command Pause(CommandHost host) => Simple(host, "pause", "Let no further round start", "paused");

    private static Command Resume(CommandHost host) => Simple(host, "resume", "Go on with a paused run", "resumed");

    private static Command Simple(CommandHost host, string command, string description, string done)
    {
        var model = Model();
        return new Command(command, description).With(model).Runs(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            var answer = await context.Api.PostAsync<JsonElement>(TrainingPaths.Command(name, command), new { }, cancellationToken);
            context.Show(answer, _ => context.Data($"Training {done}: {Printable.Text(name)}"));
        });
    }

    private static Command List(CommandHost host) => new Command("list", "List runs").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<TrainingSessionList>(TrainingPaths.Sessions, cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("RUN", "MODEL", "STATUS", ">ROUND", "STRATEGY", ">ACCURACY", "STARTED", "NEW VERSION");
            foreach (var run in list.Sessions)
            {
                table.Add(
                    run.SessionId, run.Model, run.Status, string.Create(CultureInfo.InvariantCulture, $"{run.CurrentRound}/{run.TotalRounds}"), run.Strategy,
                    Printable.Number(run.Accuracy, "0.000"), Printable.Time(run.StartedAt), run.NewVersion);
            }

            context.Data(table.Lines());
        });
    });

    private static Argument<string> Model() => Inputs.Name("MODEL", "The model's name or id");
}
