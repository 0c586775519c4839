using Octomil.Webhooks;

namespace Octomil.Deployments;

/// <summary>What webhooks are told of a change.</summary>
internal sealed partial record DeploymentState
{
    /// <summary>The state with what is new in it since <paramref name="before"/> among what is still to be told.</summary>
    /// <param name="before">The state before the change.</param>
    /// <param name="deployment">Of what to whom.</param>
    /// <param name="now">The time.</param>
    public DeploymentState WithNewsSince(DeploymentState before, DeploymentKey deployment, DateTimeOffset now)
    {
        var news = NewsSince(before, deployment, now).ToList();
        return news.Count == 0 ? this : this with { Untold = Untold.AddRange(news) };
    }

    private IEnumerable<WebhookEvent> NewsSince(DeploymentState before, DeploymentKey deployment, DateTimeOffset now)
    {
        var goesBack = Rollouts.FirstOrDefault(rollout => rollout.IsRollback && before.Find(rollout.Id) is null);
        var ended = Rollouts.FirstOrDefault(
            rollout => rollout.Status is RolloutStatus.RolledBack && before.Find(rollout.Id) is { Status: not RolloutStatus.RolledBack });

        if ((ended ?? goesBack) is { } rolledBack)
        {
            yield return WebhookEvents.RolledBack(deployment, rolledBack, (goesBack?.Version ?? ended?.Previous)?.Version, now);
        }

        foreach (var rollout in Rollouts.Where(rollout => !rollout.IsRollback && ReachOf(rollout) > ReachOf(before.Find(rollout.Id))))
        {
            yield return WebhookEvents.RolloutAdvanced(deployment, rollout, Generation, now);
        }

        if (before.Experiment is { } experiment && Experiment is null && LastExperiment is { } end)
        {
            yield return WebhookEvents.ExperimentEnded(deployment, experiment, end);
        }
    }

    private static int ReachOf(Rollout? rollout) =>
        rollout is { Status: RolloutStatus.Active or RolloutStatus.Paused or RolloutStatus.Completed } ? rollout.BasisPoints : 0;
}
