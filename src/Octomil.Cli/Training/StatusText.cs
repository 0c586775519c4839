using System.Globalization;

namespace Octomil.Training;

/// <summary>A run's status in the shape that users and scripts know; columns are aligned.</summary>
internal static class StatusText
{
    public static IEnumerable<string> Lines(TrainingStatusResponse status) =>
        status.Status == RunStatuses.Completed ? CompletedLines(status) : RunningLines(status);

    public static IEnumerable<string> CompletedLines(TrainingStatusResponse status)
    {
        yield return $"Training complete: {Printable.Text(status.Model)}";
        if (status.NewVersion is { } version)
        {
            var origin = Printable.Count(status.TotalRounds, "round");
            var organizations = status.Organizations ?? status.Contributions.Count;
            origin += organizations > 0 ? $", {Printable.Count(organizations, "organization")}" : "";
            yield return $"New version: {Printable.Text(version)} (aggregated from {origin})";
        }
    }

    public static string Accuracy(TrainingStatusResponse status)
    {
        var trend = status.Trend is { } word ? $" ({Printable.Text(word)})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{status.Accuracy:0.000}{trend}");
    }

    public static IEnumerable<string> ContributionLines(IReadOnlyList<ContributionResponse> contributions)
    {
        var table = TextTable.WithoutHeader(false, false, true, false, false);
        foreach (var contribution in contributions)
        {
            table.Add(
                contribution.OrgId, contribution.OrgName, contribution.Devices.ToString(CultureInfo.InvariantCulture) + Unit(contribution, contributions),
                string.Create(CultureInfo.InvariantCulture, $"updates: {contribution.Updates}/{contribution.Selected}"),
                contribution.Reason is { } reason ? $"({reason})" : " ");
        }

        return table.Lines(indent: "  ");
    }

    private static IEnumerable<string> RunningLines(TrainingStatusResponse status)
    {
        var federation = status.FederationId is { } id ? $" ({id})" : "";
        yield return $"Training: {Printable.Text(status.Model)}{federation}";
        yield return $"Strategy: {Printable.Text(status.Strategy)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"Round: {status.CurrentRound} / {status.TotalRounds}    Status: {status.Status}");
        if (status.Reason is { } reason)
        {
            yield return $"Reason: {Printable.Text(reason)}";
        }

        if (status.Contributions.Count > 0)
        {
            yield return "";
            yield return "Contributions this round:";
            foreach (var line in ContributionLines(status.Contributions))
            {
                yield return line;
            }
        }

        if (status.Accuracy is not null)
        {
            yield return "";
            yield return $"Overall accuracy: {Accuracy(status)}";
        }
        else if (status.Loss is { } loss)
        {
            // Regression has no accuracy.
            yield return "";
            yield return string.Create(CultureInfo.InvariantCulture, $"Overall loss: {loss:0.0000}");
        }
    }

    // "devices" stays in its column also beside an organization with a single one.
    private static string Unit(ContributionResponse contribution, IReadOnlyList<ContributionResponse> all) =>
        contribution.Devices != 1 ? " devices" : all.All(other => other.Devices == 1) ? " device" : " device ";
}
