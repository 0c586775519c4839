using Octomil.Experiments;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <summary>What experiments ask of a deployment, and what it does to them by itself.</summary>
internal sealed partial class DeploymentGrain
{
    public async Task<ExperimentLayer?> RunExperimentAsync(string modelName, ExperimentLayer experiment)
    {
        var before = store.State;
        var next = before.RunExperiment(experiment);

        if (!ReferenceEquals(next, before))
        {
            await store.SaveAsync(next with { ModelName = modelName }, this);
            LogExperimentRuns(logger, OrganizationId, ModelId, experiment.ExperimentId, experiment.Frozen);

            if (before.Experiment is null)
            {
                // What the version did before it was on trial is not the trial's.
                _health?.Forget(experiment.Treatment.Version.Version);
            }
        }

        await TellAsync();
        return store.State.Experiment;
    }

    public async Task EndExperimentAsync(string experimentId)
    {
        await SaveWithNewsAsync(store.State.EndExperiment(experimentId, clock.GetUtcNow()));

        if (store.RecordExists)
        {
            await TellAsync();
        }
    }

    // The treatment is on trial: where it is bad its devices go back. A bad control is what rollouts brought, and theirs to roll back.
    private async Task JudgeExperimentAsync(RollbackPolicy policy, DateTimeOffset now)
    {
        if (store.State.Experiment is { } experiment && policy.Judge(_health!.Of(experiment.Treatment.Version.Version, now)) is { } bad)
        {
            var before = store.State;
            await SaveWithNewsAsync(
                before.EndExperiment(experiment.ExperimentId, now, $"Ended by itself: {bad} with version {experiment.Treatment.Version.Version}, the treatment."));
            await NoteEndOfExperimentAsync(before);
            await TellAsync();
        }
    }

    // After it was saved: of one that nobody ended.
    private async Task NoteEndOfExperimentAsync(DeploymentState before)
    {
        if (before.Experiment is { } ended && store.State is { Experiment: null, LastExperiment.Reason: { } reason })
        {
            await audit.AppendAsync(
                AuditEntry.ByService(OrganizationId, "experiment.end", $"{ended.Name} {ended.ExperimentId}", clock.GetUtcNow()) with { Detail = reason }, CancellationToken.None);
            LogExperimentEndedByItself(logger, OrganizationId, ModelId, ended.ExperimentId, reason);
        }
    }
}
