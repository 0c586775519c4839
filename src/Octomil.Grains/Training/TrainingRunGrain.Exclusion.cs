namespace Octomil.Training;

/// <summary>Members that stop being active while the run goes on.</summary>
internal sealed partial class TrainingRunGrain
{
    private static readonly ExcludeResult NothingToExclude = new() { Decision = ExcludeDecision.NotInRound };

    public async Task<ExcludeResult> ExcludeAsync(string federationId, string organizationId)
    {
        if (State.Order is null)
        {
            // It may be this activation that has not seen the run started.
            await store.ReadStateAsync();
        }

        if (State.Order is null || State.IsOver || State.FederationId != federationId)
        {
            return NothingToExclude;
        }

        // Always a write: an activation that planned a round with the organization before this cannot save it any more.
        await SaveAsync(State.Without(organizationId));
        _noted.Remove(organizationId);
        await grains.GetOrganization(organizationId).RemoveRunAsync(Id);

        // The round after the run, so that none that is opened later is missed.
        var result = State.OpenRound is { } open ? await grains.GetRound(open).ExcludeAsync(organizationId) : NothingToExclude;

        if (result.Decision is ExcludeDecision.Excluded)
        {
            await push.ExcludeAsync(result.RoundId!, organizationId, result.Devices);
        }

        events.Publish(await ToStatusAsync());
        return result;
    }
}
