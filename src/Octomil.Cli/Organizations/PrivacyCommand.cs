using System.CommandLine;
using System.Globalization;

namespace Octomil.Organizations;

/// <summary>What private runs have cost the organization.</summary>
internal static class PrivacyCommand
{
    public static Command Create(CommandHost host) =>
        new Command("privacy", "The organization's privacy budget").With(Show(host), Ledger(host), NewEpoch(host));

    private static Command Show(CommandHost host) => new Command("show", "Show the budget and what is spent of it, by two accountants")
        .Runs(host, async (_, context, cancellationToken) =>
        {
            var answer = await context.Api.GetAsync<PrivacyResponse>("privacy", cancellationToken);
            context.Show(answer, privacy => context.Data(Lines(privacy)));
        });

    private static Command Ledger(CommandHost host)
    {
        var limit = Inputs.Whole("--limit", "How many lines (default 50)", least: 1, most: 1000);
        return new Command("ledger", "List the rounds that held the organization's data, and what they cost").With(limit)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var answer = await context.Api.GetAsync<PrivacyLedgerResponse>(
                    ApiClient.Path($"privacy/ledger?limit={parse.GetValue(limit) ?? 50}"), cancellationToken);
                context.Show(answer, ledger =>
                {
                    var table = TextTable.WithHeader("ROUND", "RUN", "MODEL", ">NUMBER", "STATUS", ">MU^2", ">EPSILON", "AT");
                    foreach (var entry in ledger.Entries)
                    {
                        table.Add(
                            entry.RoundId, entry.SessionId, entry.Model, entry.RoundNumber.ToString(CultureInfo.InvariantCulture), entry.Status,
                            Printable.Number(entry.MuSquared, "0.0000####"), Printable.Number(entry.EpsilonAfter, "0.0000"), Printable.Time(entry.At));
                    }

                    context.Data(table.Lines());
                });
                if (answer.Value.Total > answer.Value.Entries.Count)
                {
                    context.Note($"{answer.Value.Total} in all; --limit shows more.");
                }
            });
    }

    private static Command NewEpoch(CommandHost host)
    {
        var budget = Inputs.Real("--privacy-budget", "Epsilon of the new budget", least: 0);
        budget.Required = true;
        var delta = Inputs.Real("--delta", "Delta of the budget (default 1e-5)", least: 0, most: 1, above: true);
        var granularity = Inputs.Text("--granularity", "About whom the guarantee is: organization or device", "organization|device");
        granularity.AcceptOnlyFromAmong(PrivacyGranularities.Organization, PrivacyGranularities.Device);
        var participations = Inputs.Whole("--max-participations", "Most releases that a device may be in", least: 1);
        var reason = Inputs.Text("--reason", "Why the data are not those that the old budget protects");
        reason.Required = true;
        return new Command("new-epoch", "Begin a new budget for new data; the old one and the reason go on record")
            .With(budget, delta, granularity, participations, reason)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var request = new NewPrivacyEpochRequest
                {
                    PrivacyBudget = parse.GetValue(budget) ?? 0,
                    Delta = parse.GetValue(delta),
                    PrivacyGranularity = parse.GetValue(granularity),
                    MaxParticipations = parse.GetValue(participations),
                    Reason = parse.GetValue(reason) ?? "",
                };
                var answer = await context.Api.PostAsync<PrivacyResponse>("privacy/epochs", request, cancellationToken);
                context.Show(answer, privacy => context.Data(Lines(privacy)));
            });
    }

    private static IEnumerable<string> Lines(PrivacyResponse privacy)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (privacy.PrivacyBudget is not { } budget)
        {
            yield return "No privacy budget is set: the organization takes part in no private run.";
            yield return "Set one with: octomil team set-policy --privacy-budget 8";
            yield break;
        }

        var each = privacy.PrivacyGranularity == PrivacyGranularities.Device ? " for each device" : "";
        yield return string.Create(invariant, $"Budget:    epsilon {budget:0.####} at delta {privacy.Delta:0.##e-0}{each} (epoch {privacy.Epoch})");
        yield return string.Create(invariant, $"Spent:     epsilon {privacy.Epsilon:0.0000} (exact, Gaussian DP), at most {privacy.EpsilonRdp:0.0000} (Renyi DP)");
        if (privacy.OpenReservations > 0)
        {
            yield return string.Create(invariant, $"Reserved:  epsilon {privacy.EpsilonWithReserved:0.0000} with {Printable.Count(privacy.OpenReservations, "open round")}");
        }

        yield return string.Create(invariant, $"Ledger:    {privacy.MuSquaredSpent:0.000000} of {privacy.MuSquaredBudget:0.000000} mu^2 in {Printable.Count(privacy.RoundsConsumed, "round")}");
        if (privacy.Devices is { } devices)
        {
            yield return string.Create(invariant, $"Devices:   {devices} took part, one of them in {privacy.MostParticipations}");
        }

        foreach (var past in privacy.PastEpochs)
        {
            yield return string.Create(invariant, $"Before:    epsilon {past.Epsilon:0.0000} of {past.PrivacyBudget:0.####} in {Printable.Count(past.Rounds, "round")}, until {Printable.Time(past.EndedAt)} ({Printable.Text(past.Reason)})");
        }
    }
}
