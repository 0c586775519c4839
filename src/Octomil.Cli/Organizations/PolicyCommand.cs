using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Http.Json;

namespace Octomil.Organizations;

/// <summary><c>octomil team set-policy</c>: what the organization decides for itself; what is not given stays as it is.</summary>
internal static class PolicyCommand
{
    // The organization is the key's, whatever stands here.
    public const string Path = "settings/default";

    public static Command Create(CommandHost host)
    {
        var budget = Inputs.Real("--privacy-budget", "Epsilon that all private runs together may cost; 1 to 8 is usual", least: 0);
        var delta = Inputs.Real("--delta", "Delta of the budget (default 1e-5)", least: 0, most: 1, above: true);
        var granularity = Inputs.Text("--granularity", "About whom the guarantee is: organization (one ledger) or device (one each)", "organization|device");
        granularity.AcceptOnlyFromAmong(PrivacyGranularities.Organization, PrivacyGranularities.Device);
        var participations = Inputs.Whole("--max-participations", "Most releases that a device may be in", least: 1);
        var allow = Switch("--allow-non-private-runs", "Take part in runs without noise although there is a budget");
        var refuse = Switch("--no-non-private-runs", "Stay out of runs without noise while there is a budget (default)");
        var rollback = Switch("--auto-rollback", "Roll a version back by itself when too much fails");
        var noRollback = Switch("--no-auto-rollback", "Leave that to people");
        var threshold = Inputs.Fraction("--error-threshold", "Share of failures that is too much, e.g. 5%");
        var command = new Command("set-policy", "Set privacy budget and roll-back").With(
            budget, delta, granularity, participations, allow, refuse, rollback, noRollback, threshold);
        command.Validators.Add(result => OneOf(result, rollback, noRollback));
        command.Validators.Add(result => OneOf(result, allow, refuse));
        return command.Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new SettingsRequest
            {
                PrivacyBudget = parse.GetValue(budget),
                Delta = parse.GetValue(delta),
                PrivacyGranularity = parse.GetValue(granularity),
                MaxParticipations = parse.GetValue(participations),
                AllowNonPrivateRuns = Chosen(parse, allow, refuse),
                AutoRollbackEnabled = Chosen(parse, rollback, noRollback),
                ErrorThreshold = parse.GetValue(threshold),
            };

            if (request == new SettingsRequest())
            {
                throw CommandFailureException.Usage("There is nothing to set.", "for example --privacy-budget 8 or --error-threshold 5%");
            }

            var answer = await context.Api.SendAsync<SettingsResponse>(
                HttpMethod.Put, Path, JsonContent.Create(request, options: ContractJson.Options), cancellationToken);
            context.Show(answer, settings => context.Data(Lines(settings)));
        });
    }

    private static IEnumerable<string> Lines(SettingsResponse settings)
    {
        yield return settings.PrivacyBudget is { } budget
            ? string.Create(CultureInfo.InvariantCulture, $"Privacy budget: epsilon {budget:0.####} at delta {settings.Delta:0.##e-0} ({settings.PrivacyGranularity})")
            : "Privacy budget: none; the organization takes part in no private run";
        if (settings.MaxParticipations is { } participations)
        {
            yield return $"Most participations: {participations}";
        }

        if (settings.PrivacyBudget is not null)
        {
            yield return $"Runs without noise: {(settings.AllowNonPrivateRuns ? "allowed" : "left out")}";
        }

        var rollback = settings.AutoRollbackEnabled switch { true => "on", false => "off", null => "as the service does" };
        yield return settings.ErrorThreshold is { } most
            ? string.Create(CultureInfo.InvariantCulture, $"Auto-rollback: {rollback}, above {most * 100:0.##}% failures")
            : $"Auto-rollback: {rollback}";
    }

    private static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    private static bool? Chosen(ParseResult parse, Option<bool> yes, Option<bool> no) => parse.GetValue(yes) ? true : parse.GetValue(no) ? false : null;

    private static void OneOf(CommandResult result, Option<bool> yes, Option<bool> no)
    {
        if (result.GetValue(yes) && result.GetValue(no))
        {
            result.AddError($"{yes.Name} and {no.Name} exclude each other.");
        }
    }
}
