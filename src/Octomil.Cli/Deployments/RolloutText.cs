using System.Globalization;

namespace Octomil.Deployments;

/// <summary>A rollout in words.</summary>
internal static class RolloutText
{
    public static IEnumerable<string> Lines(RolloutResponse rollout)
    {
        yield return $"{(rollout.IsRollback ? "Rollback" : "Rollout")}: {Printable.Text(rollout.Model)} {Printable.Text(rollout.Version)} ({Printable.Text(rollout.Id)})";
        yield return $"Status: {Printable.Text(rollout.Status)}    Progress: {Progress(rollout)}";
        if (rollout.Group is { } group)
        {
            yield return $"Group: {Printable.Text(group)}";
        }

        if (rollout.PreviousVersion is { } previous)
        {
            yield return $"Before: {Printable.Text(previous)}";
        }

        if (rollout.Experiment is { } experiment)
        {
            yield return $"Experiment: {Printable.Text(experiment)} holds some of the devices until it ends";
        }

        if (rollout.Progress.Failed > 0)
        {
            var reason = rollout.Progress.FailureReason is { } why ? $" ({Printable.Text(why)})" : "";
            yield return $"Failed on {Printable.Count(rollout.Progress.Failed, "device")}{reason}";
        }

        if (rollout.Health is { } health)
        {
            yield return Health(health);
        }

        if (rollout.Reason is { } said)
        {
            yield return $"Reason: {Printable.Text(said)}";
        }
    }

    /// <summary><c>10% (12 of 124 devices)</c></summary>
    public static string Progress(RolloutResponse rollout) => string.Create(
        CultureInfo.InvariantCulture, $"{Percentage(rollout.RolloutPercentage)} ({rollout.Progress.Active} of {Printable.Count(rollout.Progress.Devices, "device")})");

    public static string Percentage(double percentage) => string.Create(CultureInfo.InvariantCulture, $"{percentage:0.##}%");

    private static string Health(VersionHealth health)
    {
        var latency = health.LatencyP95Ms is { } milliseconds ? string.Create(CultureInfo.InvariantCulture, $", p95 {milliseconds} ms") : "";
        return $"Health: {Printable.Count(health.Inferences, "inference")}, errors {Percentage(100 * health.ErrorRate)}, crashes {Percentage(100 * health.CrashRate)}{latency}";
    }
}
