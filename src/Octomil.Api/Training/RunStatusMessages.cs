namespace Octomil.Training;

/// <summary>A run as its watchers read it.</summary>
internal static class RunStatusMessages
{
    public static TrainingStatusResponse Of(RunStatus run) => new()
    {
        SessionId = run.RunId,
        ModelId = run.ModelId,
        Model = run.ModelName,
        Status = PhaseOf(run.Phase),
        Strategy = run.Strategy,
        FederationId = run.FederationId,
        Group = run.Group,
        CurrentRound = run.CurrentRound,
        TotalRounds = run.TotalRounds,
        RoundId = run.RoundId,
        RoundKind = run.RoundKind is RoundKind.None ? null : AssignmentMessages.KindOf(run.RoundKind),
        ActiveDevices = run.Contributions.Sum(contribution => contribution.Selected),
        Loss = run.Loss,
        Accuracy = run.Accuracy,
        Trend = run.Trend,
        Reason = run.Reason,
        NewVersion = run.NewVersion,
        Organizations = run.Contributions.Count(contribution => contribution.Reason is null),
        Privacy = run.Privacy is null ? null : new RunPrivacyResponse
        {
            ClipNorm = run.Privacy.Clip,
            NoiseMultiplier = run.Privacy.NoiseMultiplier,
            Accounting = "gaussian",
            ClipQuantile = run.Privacy.ClipQuantile,
            SampleCap = run.Privacy.SampleCap,
        },
        StartedAt = run.StartedAt,
        EndedAt = run.EndedAt,
        Contributions = [.. run.Contributions.Select(Contribution)],
        History = [.. run.History.Select(round => Closed(round, run.Privacy is not null))],
    };

    public static bool IsOver(RunPhase phase) => phase is RunPhase.Completed or RunPhase.Stopped or RunPhase.Failed;

    private static string PhaseOf(RunPhase phase) => phase switch
    {
        RunPhase.Pending => "PENDING",
        RunPhase.InProgress => "IN_PROGRESS",
        RunPhase.Paused => "PAUSED",
        RunPhase.Completed => "COMPLETED",
        RunPhase.Stopped => "STOPPED",
        RunPhase.Failed => "FAILED",
        _ => throw new InvalidOperationException($"No wire name for {phase}."),
    };

    private static ContributionResponse Contribution(ContributionStatus contribution) => new()
    {
        OrgId = contribution.OrganizationId,
        OrgName = contribution.OrganizationName,
        Devices = contribution.Devices,
        Selected = contribution.Selected,
        Updates = contribution.Updates,
        Reason = contribution.Reason,
    };

    private static RoundHistoryResponse Closed(ClosedRound round, bool isPrivate) => new()
    {
        Round = round.Number,
        RoundId = round.RoundId,
        Updates = round.Updates,
        Samples = isPrivate ? null : round.Samples,
        Loss = round.Loss,
        Accuracy = round.Accuracy,
        ClosedAt = round.ClosedAt,
    };
}
