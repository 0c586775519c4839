namespace Octomil.Training;

/// <summary>What counted, device by device.</summary>
internal sealed partial class RoundGrain
{
    public Task<RoundContributions?> GetContributionsAsync()
    {
        if (plan.State.Plan is null || Saved.Phase is RoundPhase.None)
        {
            return Task.FromResult<RoundContributions?>(null);
        }

        // Answers to the rounds that are no training are in memory only, and gone when the round is.
        var counted = Plan.Kind is RoundKind.Train
            ? Saved.CountedDevices().RemoveAll(device => Saved.IsExcluded(device, Plan))
            : [.. Enumerable.Range(0, Plan.Devices.Length).Where(device => _answers?.Has(device) is true)];
        return Task.FromResult<RoundContributions?>(new RoundContributions
        {
            Plan = Plan, Phase = Saved.Phase, Counted = counted, Outcome = Saved.Outcome, Excluded = Saved.Excluded,
        });
    }
}
