using Octomil.Learning.Privacy;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Webhooks;

namespace Octomil.Training;

/// <summary>The end of a run: its version, and nothing left of it.</summary>
internal sealed partial class TrainingRunGrain
{
    private async Task CompleteAsync()
    {
        var version = await PublishAsync();
        await SaveAsync(State.End(RunPhase.Completed, version, reason: null, clock.GetUtcNow()));
        LogEnded(logger, Id, State.Phase, State.ClosedRounds);
        await CleanUpAsync();
    }

    private async Task<string?> PublishAsync()
    {
        var metrics = State.Evaluation ?? new RoundTally { Updates = 0, Samples = 0 };
        var named = metrics.Metrics.ToBuilder();
        if (metrics.Accuracy is { } accuracy)
        {
            named["accuracy"] = accuracy;
        }

        if (metrics.Loss is { } loss)
        {
            named["loss"] = loss;
        }

        return await grains.GetModel(State.Order!.ModelId).PublishRunAsync(State.OwnerId, new ModelVersion
        {
            Version = State.BaseVersion,
            Weights = await KeepWeightsAsync(),
            ArchitectureJson = State.ArchitectureJson,
            CreatedAt = clock.GetUtcNow(),
            Metrics = named.ToImmutable(),
            LayoutHash = State.LayoutHash,
            ParameterCount = State.ParameterCount,
            Lineage = new Lineage
            {
                RunId = Id,
                BaseVersion = State.BaseVersion,
                Strategy = State.Order.Strategy,
                Rounds = State.ClosedRounds,
                Organizations = [.. State.Contributors],
                FederationId = State.FederationId,
                PrivacySpent = Spent(),
            },
        });
    }

    // Of an organization that was in every round; none paid more.
    private PrivacySpent? Spent() => State.Order!.Privacy is null ? null : new PrivacySpent
    {
        Epsilon = GaussianPrivacy.Epsilon(Math.Sqrt(State.ClosedRounds * PrivateRound.CostOf(PrivacyOf(State))), OrganizationSettings.UsualDelta),
        Delta = OrganizationSettings.UsualDelta,
    };

    // Renewed before the model's row names them: the same weights may be kept already, and be about to be collected.
    private async Task<WeightsRef> KeepWeightsAsync()
    {
        var kept = await payloads.PromoteWeightsAsync(State.Weights!, CancellationToken.None);

        while (!await grains.GetWeights(kept).RenewAsync(kept))
        {
            kept = await payloads.PromoteWeightsAsync(State.Weights!, CancellationToken.None);
        }

        return kept;
    }

    // Again after a crash, until it is saved that everybody knows. Whoever is no member any more reads nothing of the run, so also not this.
    private async Task TellOrganizationsAsync()
    {
        foreach (var organizationId in State.Participants())
        {
            if (State.FederationId is not { } federationId || await grains.GetFederation(federationId).IsActiveMemberAsync(organizationId))
            {
                await grains.GetWebhooks(organizationId).RaiseAsync(WebhookEvents.RunFinished(Id, organizationId, State));
            }
        }
    }

    private async Task CleanUpAsync()
    {
        if (State.CleanedUp)
        {
            _timer?.Dispose();
            return;
        }

        await FinishRoundsAsync();
        await ReleaseAsync();
        await grains.GetModel(State.Order!.ModelId).EndRunAsync(Id);
        await Task.WhenAll(State.Members.Select(member => grains.GetOrganization(member.OrganizationId).RemoveRunAsync(Id)));
        await payloads.DeleteRunAsync(Id, CancellationToken.None);

        if (await this.GetReminder(ReminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }

        await TellOrganizationsAsync();
        await SaveAsync(State with { CleanedUp = true, ToFinish = [] });
        await grains.GetOpenRuns().RemoveAsync(Id);
        events.Publish(await ToStatusAsync());
        _timer?.Dispose();
    }
}
