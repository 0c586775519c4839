namespace Octomil.Training;

/// <summary>An organization that stops being an active member while the round is open.</summary>
internal sealed partial record RoundState
{
    /// <summary>
    /// From the save of this on, no device of the organization is counted, and what is counted of it does not enter the result. Once
    /// sealing has begun the result is being made of what was counted: then it is too late for this round. Never undone.
    /// </summary>
    public (RoundState Next, ExcludeDecision Decision) Exclude(string organizationId, RoundPlan plan)
    {
        if (!plan.Organizations.Contains(organizationId) || Phase is not (RoundPhase.Open or RoundPhase.Sealing or RoundPhase.Sealed))
        {
            return (this, ExcludeDecision.NotInRound);
        }

        if (Phase is not RoundPhase.Open)
        {
            return (this, ExcludeDecision.TooLate);
        }

        return Excluded.Contains(organizationId)
            ? (this, ExcludeDecision.Excluded)
            : (this with { Excluded = Excluded.Add(organizationId) }, ExcludeDecision.Excluded);
    }

    /// <summary>
    /// Why the attempt cannot go on without those that are excluded; null where it can. Sums that hold their updates beside those of
    /// others cannot be taken apart, and what is left of the cohort may be too little.
    /// </summary>
    public string? ReasonToStartAgain(RoundPlan plan)
    {
        if (Excluded.IsEmpty)
        {
            return null;
        }

        var who = string.Join(", ", Excluded);
        return UpdatesThatEnter(plan) != Updates && !plan.KeepsOrganizationsApart ? $"Updates of {who}, which is no active member any more, were in the sums; the round starts again without it."
            : DevicesThatMayAnswer(plan) < plan.MinUpdates ? $"Without {who}, which is no active member any more, too few devices are left; the round starts again."
            : null;
    }

    /// <summary>What sealing works with: every reference, and whose updates to leave out.</summary>
    public SealingInput ToSeal(RoundPlan plan) => new(
        [.. Folds.Values.SelectMany(fold => fold.Buckets)], Excluded.Select(organization => plan.Organizations.IndexOf(organization)).ToHashSet());

    public bool IsExcluded(int device, RoundPlan plan) =>
        !Excluded.IsEmpty && Excluded.Contains(plan.Organizations[plan.OrganizationOfDevice[device]]);

    /// <summary>Counted updates of organizations that are not excluded.</summary>
    public int UpdatesThatEnter(RoundPlan plan) => Excluded.IsEmpty ? Updates : CountedDevices().Count(device => !IsExcluded(device, plan));

    /// <summary>Devices of the cohort whose organizations are not excluded.</summary>
    public int DevicesThatMayAnswer(RoundPlan plan) => Excluded.IsEmpty
        ? plan.Devices.Length
        : Enumerable.Range(0, plan.Devices.Length).Count(device => !IsExcluded(device, plan));
}
