using System.CommandLine;

namespace Octomil.Deployments;

internal static class DeployCommand
{
    public static Command Create(CommandHost host)
    {
        var model = RolloutPaths.Model();
        var version = new Option<string>("--version")
        {
            Description = "The version to deploy", HelpName = "V", Required = true, CustomParser = result => Inputs.Checked(result, Values.CheckVersion),
        };
        var rollout = Inputs.Percentage("--rollout", "How much of your devices get it now, as 10% or 10 (default: 10%); for the version that is rolling out: its new percentage");
        var step = Inputs.Percentage("--step", "How far one `rollout advance` goes (default: 10%)");
        var target = Inputs.Percentage("--target", "How far advancing goes (default: 100%)");
        var group = Inputs.NameOption("--group", "Only to the devices of this group");
        var noStart = new Option<bool>("--no-start") { Description = "Make the rollout, but do not start it" };
        var wait = new WaitOptions(RolloutWaiting.Until);
        return wait.AddTo(new Command("deploy", "Bring a version to your devices, step by step").With(model, version, rollout, step, target, group, noStart)).RunsTo(host, async (parse, context, cancellationToken) =>
        {
            var request = new CreateRolloutRequest
            {
                Version = parse.GetRequiredValue(version),
                RolloutPercentage = parse.GetValue(rollout),
                IncrementStep = parse.GetValue(step),
                TargetPercentage = parse.GetValue(target),
                StartImmediately = !parse.GetValue(noStart),
                Group = parse.GetValue(group),
            };
            var name = parse.GetRequiredValue(model);
            var answer = await context.Api.PostAsync<RolloutResponse>(RolloutPaths.All(name), request, cancellationToken);
            context.Show(answer, made => context.Data(RolloutText.Lines(made)));
            if (wait.IsWanted(parse))
            {
                return await wait.ForRolloutAsync(parse, context, name, cancellationToken);
            }

            context.Note($"Follow it with: octomil rollout status {Printable.Text(name)} --watch");
            return ExitCodes.Ok;
        });
    }
}
