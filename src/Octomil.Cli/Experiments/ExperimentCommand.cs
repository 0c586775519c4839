using System.CommandLine;

namespace Octomil.Experiments;

internal static class ExperimentCommand
{
    public static Command Create(CommandHost host) => new Command("experiment", "Two versions compared on your devices").With(
        ExperimentCreateCommand.Create(host), List(host), Show(host), Results(host), Promote(host),
        Simple(host, "stop", "cancel", "End it; its devices go back to what rollouts say"),
        Simple(host, "start", "start", "Start one that was made with --no-start"),
        Simple(host, "pause", "pause", "Let its devices keep what they run, and count nothing"),
        Simple(host, "resume", "resume", "Go on with a paused experiment"));

    private static Command List(CommandHost host)
    {
        var model = Inputs.NameOption("--model", "Only those over this model");
        return new Command("list", "List the experiments, newest first").With(model).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ExperimentPaths.All + (parse.GetValue(model) is { } name ? $"?model_id={Uri.EscapeDataString(name)}&limit=1000" : "?limit=1000");
            context.Show(await context.Api.GetAsync<IReadOnlyList<ExperimentResponse>>(path, cancellationToken), list =>
            {
                var table = TextTable.WithHeader("EXPERIMENT", "MODEL", "STATUS", "CONTROL", "TREATMENT", ">TRAFFIC", "GROUP", "STARTED", "PROMOTED");
                foreach (var one in list)
                {
                    table.Add(
                        one.Name, one.Model, one.Status, one.Variants[0].ModelVersion, one.Variants[1].ModelVersion,
                        ExperimentText.Percentage(one.TrafficPercentage), one.Group, Printable.Time(one.StartedAt), one.Promoted);
                }

                context.Data(table.Lines());
            });
        });
    }

    private static Command Show(CommandHost host)
    {
        var experiment = ExperimentPaths.Experiment();
        return new Command("show", "Show what an experiment compares").With(experiment).Runs(host, async (parse, context, cancellationToken) =>
            context.Show(
                await context.Api.GetAsync<ExperimentResponse>(ExperimentPaths.One(parse.GetRequiredValue(experiment)), cancellationToken),
                found => context.Data(ExperimentText.Lines(found))));
    }

    private static Command Results(CommandHost host)
    {
        var experiment = ExperimentPaths.Experiment();
        var watch = new Option<bool>("--watch") { Description = "Follow until it is decided or over; Ctrl-C leaves, the experiment goes on" };
        return new Command("results", "Show what it says so far; look as often as you like").With(experiment, watch).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(experiment);
            if (parse.GetValue(watch))
            {
                return await ExperimentWatcher.WatchAsync(context, name, cancellationToken);
            }

            context.Show(await context.Api.GetAsync<ExperimentAnalyticsResponse>(ExperimentPaths.Analytics(name), cancellationToken), results => context.Data(ExperimentText.Lines(results)));
            return ExitCodes.Ok;
        });
    }

    private static Command Promote(CommandHost host)
    {
        var experiment = ExperimentPaths.Experiment();
        var variant = Inputs.NameOption("--variant", "The variant to deploy (default: the treatment, if it is significantly better)");
        return new Command("promote", "End it and deploy a variant to all devices that it was about").With(experiment, variant).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new PromoteExperimentRequest { Variant = parse.GetValue(variant) };
            var answer = await context.Api.PostAsync<ExperimentResponse>(ExperimentPaths.Command(parse.GetRequiredValue(experiment), "promote"), request, cancellationToken);
            context.Show(answer, promoted => context.Data(ExperimentText.Lines(promoted)));
            context.Note($"Follow it with: octomil rollout status {Printable.Text(answer.Value.Model)} --watch");
        });
    }

    private static Command Simple(CommandHost host, string name, string command, string description)
    {
        var experiment = ExperimentPaths.Experiment();
        var reason = Inputs.Text("--reason", "Why, for whoever reads the history");
        return new Command(name, description).With(experiment, reason).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new ChangeExperimentRequest { Reason = parse.GetValue(reason) };
            var path = ExperimentPaths.Command(parse.GetRequiredValue(experiment), command);
            context.Show(await context.Api.PostAsync<ExperimentResponse>(path, request, cancellationToken), changed => context.Data(ExperimentText.Lines(changed)));
        });
    }
}
