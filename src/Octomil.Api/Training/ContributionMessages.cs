namespace Octomil.Training;

/// <summary>What a round counted, as one organization may read it.</summary>
internal static class ContributionMessages
{
    public static RoundContributionsResponse Of(RoundContributions round, string organizationId)
    {
        var plan = round.Plan;
        var counted = round.Counted.ToHashSet();
        var own = plan.Organizations.IndexOf(organizationId);
        var devices = Enumerable.Range(0, plan.Devices.Length).ToLookup(device => plan.OrganizationOfDevice[device]);
        return new RoundContributionsResponse
        {
            RoundId = plan.RoundId,
            SessionId = plan.RunId,
            RoundNumber = plan.RoundNumber,
            Kind = AssignmentMessages.KindOf(plan.Kind),
            Status = RoundPhases.NameOf(round.Phase),
            Reason = round.Outcome?.Reason,
            ClosedAt = round.Outcome?.ClosedAt,
            Strategy = new RoundStrategyResponse { Name = plan.Strategy, Params = plan.StrategyParameters },
            Limits = new LimitsMessage { MaxMagnitude = plan.MaxMagnitude, MaxSampleCount = plan.MaxSampleCount },
            BaseSha256 = plan.Base.Sha256,

            // What is sealed and not published yet is nobody's to see.
            WeightsSha256 = round.Phase is RoundPhase.Published ? round.Outcome?.Weights?.Sha256 : null,
            Selected = plan.Devices.Length,
            Updates = counted.Count,
            Samples = round.Outcome?.Tally?.Samples,
            Loss = round.Outcome?.Tally?.Loss,
            Accuracy = round.Outcome?.Tally?.Accuracy,
            Organizations = [.. plan.Organizations.Select((id, index) => Of(id, round, id == organizationId) with
            {
                Selected = devices[index].Count(), Updates = devices[index].Count(counted.Contains),
            })],
            Devices = [.. devices[own].Select(device => Of(plan, device, counted.Contains(device)))],
        };
    }

    private static DeviceContributionResponse Of(RoundPlan plan, int device, bool counted)
    {
        var from = plan.BaseOf(device);
        return new DeviceContributionResponse
        {
            DeviceId = plan.Devices[device],
            Counted = counted,
            BaseRoundId = from.RoundId,
            BaseSha256 = from.Weights.Sha256,
            Staleness = plan.RoundNumber - from.RoundNumber,
        };
    }

    // What a model is worth on another organization's data is that organization's to know.
    private static RoundOrganizationResponse Of(string id, RoundContributions round, bool isCallers)
    {
        var tally = round.Outcome?.Tally?.Organizations.FirstOrDefault(part => part.OrganizationId == id);
        var own = isCallers && tally is { EvaluationCount: > 0 } ? tally : null;
        return new RoundOrganizationResponse
        {
            OrgId = id,
            Selected = 0,
            Updates = 0,
            Samples = tally?.Samples,
            Excluded = round.Excluded.Contains(id) ? true : null,
            Loss = own?.Loss,
            Accuracy = own?.Accuracy,
            EvalCount = own?.EvaluationCount,
        };
    }
}
