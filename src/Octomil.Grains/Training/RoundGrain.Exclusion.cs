using Microsoft.Extensions.Logging;

namespace Octomil.Training;

/// <summary>An organization that stops being an active member while the round is open.</summary>
internal sealed partial class RoundGrain
{
    public async Task<ExcludeResult> ExcludeAsync(string organizationId)
    {
        if (plan.State.Plan is null || store.State.Phase is RoundPhase.None)
        {
            // It may be this activation that has not seen the round opened.
            await plan.ReadStateAsync();
            await store.ReadStateAsync();
        }

        if (plan.State.Plan is null)
        {
            return new ExcludeResult { Decision = ExcludeDecision.NotInRound, RoundId = Id };
        }

        var (next, decision) = store.State.Exclude(organizationId, Plan);

        if (!ReferenceEquals(next, store.State))
        {
            await SaveExclusionAsync(next, organizationId);
        }

        return new ExcludeResult { Decision = decision, RoundId = Id, Devices = decision is ExcludeDecision.Excluded ? [.. DevicesOf(organizationId)] : [] };
    }

    private async Task SaveExclusionAsync(RoundState next, string organizationId)
    {
        var reason = next.ReasonToStartAgain(Plan);
        await SaveAsync(reason is null
            ? next
            : next.Abandon(new RoundOutcome
            {
                RoundId = Id, Phase = RoundPhase.Abandoned, Reason = reason, ForExclusion = true, ClosedAt = clock.GetUtcNow(),
            }));
        LogExcluded(logger, Id, organizationId);
        _answers?.Remove(device => store.State.IsExcluded(device, Plan));

        if (reason is null)
        {
            // Those that are left may all have answered.
            Progressed();
            return;
        }

        await AbandonedAsync(reason);
        _deadline?.Dispose();
        await TellRunAsync();
    }

    private IEnumerable<string> DevicesOf(string organizationId)
    {
        var organization = Plan.Organizations.IndexOf(organizationId);
        return Plan.Devices.Where((_, device) => Plan.OrganizationOfDevice[device] == organization);
    }

    [LoggerMessage(2008, LogLevel.Information, "Round {RoundId}: {OrganizationId} is excluded, as it is no active member any more.")]
    private static partial void LogExcluded(ILogger logger, string roundId, string organizationId);
}
