using System.CommandLine;

namespace Octomil.Deployments;

internal static class RollbackCommand
{
    public static Command Create(CommandHost host)
    {
        var model = RolloutPaths.Model();
        var version = new Option<string?>("--to-version")
        {
            Description = "The version to go back to (default: the last good one)", HelpName = "V", CustomParser = result => Inputs.Checked(result, Values.CheckVersion),
        };
        var reason = Inputs.Text("--reason", "Why, for whoever reads the history");
        var wait = new WaitOptions(RolloutWaiting.Until);
        return wait.AddTo(new Command("rollback", "Take a version back from your devices, all at once").With(model, version, reason)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var request = new RollbackRequest { ToVersion = parse.GetValue(version), Reason = parse.GetValue(reason) };
            var answer = await context.Api.PostAsync<RolloutResponse>(RolloutPaths.Rollback(parse.GetRequiredValue(model)), request, cancellationToken);
            context.Show(answer, rollback => context.Data(RolloutText.Lines(rollback)));
            return await wait.ForRolloutAsync(parse, context, parse.GetRequiredValue(model), cancellationToken);
        });
    }
}
