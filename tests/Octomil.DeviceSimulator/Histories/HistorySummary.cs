using System.Globalization;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>A history and its verdict in a few lines.</summary>
internal static class HistorySummary
{
    private const int MostShown = 20;

    public static async Task WriteAsync(List<HistoryEvent> events, HistoryVerdict verdict, TextWriter output)
    {
        var counts = events.GroupBy(happened => happened.Kind).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {group.Count()}");
        await output.WriteLineAsync($"Events: {string.Join(", ", counts)}.");
        var refusals = events.Where(happened => happened.Kind is HistoryKinds.Refused or HistoryKinds.Unanswered)
            .GroupBy(happened => $"{happened.Kind} {happened.Status?.ToString(CultureInfo.InvariantCulture) ?? "without answer"} {happened.Code}")
            .Select(group => $"{group.Key}: {group.Count()}").ToList();
        await output.WriteLineAsync(refusals.Count == 0 ? "No refusals." : $"Refusals: {string.Join("; ", refusals)}.");
        List<double> seconds = [.. events.Where(happened => happened.Kind == HistoryKinds.Acknowledged).Select(happened => happened.Seconds ?? 0).Order()];
        if (seconds.Count > 0)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Acknowledged after {seconds[seconds.Count / 2]:0.000} s (median), {seconds[(int)(seconds.Count * 0.99)]:0.000} s (p99), {seconds[^1]:0.000} s (most)."));
        }

        await output.WriteLineAsync(
            $"{verdict.Acknowledged} updates acknowledged; {verdict.PublishedRounds} rounds published, the weights of {verdict.RecomputedRounds} made again and the same.");
        foreach (var line in verdict.Unverified.Select(what => $"Not verified: {what}").Concat(verdict.Violations.Take(MostShown).Select(what => $"VIOLATION: {what}")))
        {
            await output.WriteLineAsync(line);
        }

        await output.WriteLineAsync(verdict.Violations.Count == 0 ? "The history holds." : $"{verdict.Violations.Count} violations.");
    }
}
