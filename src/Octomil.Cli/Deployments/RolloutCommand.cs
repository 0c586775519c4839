using System.CommandLine;

namespace Octomil.Deployments;

internal static class RolloutCommand
{
    public static Command Create(CommandHost host) => new Command("rollout", "Versions on their way to your devices")
        .With(Status(host), Advance(host), Simple(host, "pause", "Let no further device get the version"), Simple(host, "resume", "Go on with a paused rollout"), Set(host), List(host));

    private static Command Status(CommandHost host)
    {
        var model = RolloutPaths.Model();
        var watch = new Option<bool>("--watch") { Description = "Follow until every device of the rollout reported, or it was rolled back; Ctrl-C leaves, the rollout goes on" };
        var wait = new WaitOptions(RolloutWaiting.Until, watch);
        return wait.AddTo(new Command("status", "Show the newest rollout").With(model, watch)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            if (parse.GetValue(watch) || wait.IsWanted(parse))
            {
                return await wait.WithinAsync(
                    parse, context, RolloutWaiting.Said(name),
                    token => parse.GetValue(watch) ? RolloutWatcher.WatchAsync(context, name, token) : RolloutWatcher.WaitAsync(context, name, token), cancellationToken);
            }

            var answer = await context.Api.GetAsync<IReadOnlyList<RolloutResponse>>(RolloutPaths.All(name), cancellationToken);
            var newest = answer.Value is [var first, ..] ? first : throw NoRollout(name);
            context.Show(await context.Api.GetAsync<RolloutResponse>(RolloutPaths.One(name, newest.Id), cancellationToken), rollout => context.Data(RolloutText.Lines(rollout)));
            return ExitCodes.Ok;
        });
    }

    private static Command List(CommandHost host)
    {
        var model = RolloutPaths.Model();
        return new Command("list", "List the rollouts of a model, newest first").With(model).Runs(host, async (parse, context, cancellationToken) =>
        {
            var answer = await context.Api.GetAsync<IReadOnlyList<RolloutResponse>>(RolloutPaths.All(parse.GetRequiredValue(model)), cancellationToken);
            context.Show(answer, list =>
            {
                var table = TextTable.WithHeader("ROLLOUT", "VERSION", "STATUS", ">PERCENTAGE", "GROUP", "STARTED", "REASON");
                foreach (var rollout in list)
                {
                    table.Add(
                        rollout.Id, rollout.Version, rollout.Status, RolloutText.Percentage(rollout.RolloutPercentage), rollout.Group, Printable.Time(rollout.StartedAt), rollout.Reason);
                }

                context.Data(table.Lines());
            });
        });
    }

    private static Command Advance(CommandHost host)
    {
        var model = RolloutPaths.Model();
        var wait = new WaitOptions(RolloutWaiting.Until);
        return wait.AddTo(new Command("advance", "One step further").With(model)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            var rollout = await FindOpenAsync(context, name, cancellationToken);

            // The percentage is named, so that a request that is sent again goes no further. At the target the service says so.
            var next = Math.Min(rollout.RolloutPercentage + rollout.IncrementStep, rollout.TargetPercentage);
            var request = new ChangeRolloutRequest { Percentage = next > rollout.RolloutPercentage ? next : null };
            await ShowAsync(context, RolloutPaths.Command(name, rollout.Id, "advance"), request, cancellationToken);
            return await wait.ForRolloutAsync(parse, context, name, cancellationToken);
        });
    }

    private static Command Set(CommandHost host)
    {
        var model = RolloutPaths.Model();
        var percentage = Inputs.Percentage("--percentage", "How much of the devices, as 25% or 25", required: true);
        var wait = new WaitOptions(RolloutWaiting.Until);
        return wait.AddTo(new Command("set", "Set the percentage, up or down").With(model, percentage)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            var rollout = await FindOpenAsync(context, name, cancellationToken);
            await ShowAsync(context, RolloutPaths.Command(name, rollout.Id, "update-percentage"), new ChangeRolloutRequest { Percentage = parse.GetValue(percentage) }, cancellationToken);
            return await wait.ForRolloutAsync(parse, context, name, cancellationToken);
        });
    }

    private static Command Simple(CommandHost host, string command, string description)
    {
        var model = RolloutPaths.Model();
        var reason = Inputs.Text("--reason", "Why, for whoever reads the history");
        return new Command(command, description).With(model, reason).Runs(host, async (parse, context, cancellationToken) =>
        {
            var name = parse.GetRequiredValue(model);
            var rollout = await FindOpenAsync(context, name, cancellationToken);
            await ShowAsync(context, RolloutPaths.Command(name, rollout.Id, command), new ChangeRolloutRequest { Reason = parse.GetValue(reason) }, cancellationToken);
        });
    }

    private static async Task ShowAsync(CommandContext context, string path, ChangeRolloutRequest request, CancellationToken cancellationToken) =>
        context.Show(await context.Api.PostAsync<RolloutResponse>(path, request, cancellationToken), rollout => context.Data(RolloutText.Lines(rollout)));

    private static async Task<RolloutResponse> FindOpenAsync(CommandContext context, string model, CancellationToken cancellationToken)
    {
        var open = await context.Api.GetAsync<IReadOnlyList<RolloutResponse>>(RolloutPaths.Active(model), cancellationToken);
        return open.Value is [var rollout, ..] ? rollout : throw NoRollout(model);
    }

    private static CommandFailureException NoRollout(string model) => new(
        ExitCodes.Refused, $"Nothing of {Printable.Text(model)} is rolling out.", $"`octomil deploy {Printable.Text(model)} --version V --rollout 10%` begins, `octomil rollout list {Printable.Text(model)}` shows what was");
}
