using Octomil.Models;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>Versions of the model: numbers unique and rising, and what a run made is what its last round published.</summary>
internal static class VersionChecks
{
    public static void Check(List<HistoryEvent> events, IEnumerable<RoundContributionsResponse> published, List<string> violations)
    {
        foreach (var end in events.Where(happened => happened.Kind == HistoryKinds.End))
        {
            var versions = end.Versions ?? [];
            CheckNumbers([.. versions.OrderBy(version => version.CreatedAt).Select(version => version.Version)], violations);
            if (end.Run is { NewVersion: { } made } run)
            {
                var last = published.Where(round => round.SessionId == run.SessionId).MaxBy(round => round.RoundNumber);
                CheckMade(made, versions.FirstOrDefault(version => version.Version == made), last, violations);
            }
        }
    }

    private static void CheckNumbers(List<string> oldestFirst, List<string> violations)
    {
        foreach (var (before, after) in oldestFirst.Zip(oldestFirst.Skip(1)))
        {
            if (!Version.TryParse(before, out var earlier) || !Version.TryParse(after, out var later) || later <= earlier)
            {
                violations.Add($"After version {before} comes version {after}: version numbers must rise.");
            }
        }
    }

    private static void CheckMade(string made, ModelVersionResponse? version, RoundContributionsResponse? last, List<string> violations)
    {
        if (version is null)
        {
            violations.Add($"The run made version {made}, which the model does not have.");
        }
        else if (last is not null && version.Sha256 != last.WeightsSha256)
        {
            violations.Add($"Version {made} has the weights {version.Sha256}; the last round published {last.WeightsSha256}.");
        }
    }
}
