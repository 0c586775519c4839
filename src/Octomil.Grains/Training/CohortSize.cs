namespace Octomil.Training;

/// <summary>How many devices a round selects, at how many updates it closes, and with how few it may close at its deadline.</summary>
internal readonly record struct CohortSize(int Selected, int Target, int Min)
{
    /// <summary>
    /// With a target, more devices are selected than needed (over-selection), as some will not answer. Without one everybody who is
    /// ready is selected and waited for. Statistics and evaluation always ask everybody.
    /// </summary>
    public static CohortSize Of(RunOrder order, RunStage stage, int ready, int largest)
    {
        var most = Math.Min(ready, largest);

        if (stage is RunStage.Statistics or RunStage.Evaluation)
        {
            return new CohortSize(most, most, stage is RunStage.Statistics ? RunScaling.FewestDevices : 1);
        }

        if (order.TargetUpdates is not { } target)
        {
            return new CohortSize(most, most, order.MinUpdates);
        }

        target = Math.Max(target, order.MinUpdates);
        var selected = (int)Math.Min(most, Math.Ceiling(target * order.OverSelection));
        return new CohortSize(selected, Math.Min(target, selected), order.MinUpdates);
    }
}
