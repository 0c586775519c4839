using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What watchers see.</summary>
internal sealed partial class TrainingRunGrain
{
    public async Task<RunStatus?> GetStatusAsync(string callerId)
    {
        if (State.Order is null)
        {
            return null;
        }

        var mayRead = State.OwnerId == callerId
            || (State.FederationId is { } federationId && await grains.GetFederation(federationId).IsActiveMemberAsync(callerId));
        return mayRead ? await ToStatusAsync() : null;
    }

    public Task<RunBase?> GetBaseAsync(string callerId)
    {
        var takesPart = !State.IsOver && State.Members.Any(member => member.OrganizationId == callerId && member.Reason is null);
        return Task.FromResult(takesPart ? new RunBase { BaseVersion = State.BaseVersion, Weights = State.Weights! } : null);
    }

    private async Task<RunStatus> ToStatusAsync()
    {
        var state = State;
        var round = state.LastRound is null ? null : await grains.GetRound(state.LastRound).GetAsync();

        return new RunStatus
        {
            RunId = Id,
            ModelId = state.Order!.ModelId,
            ModelName = state.ModelName,
            Phase = state.Phase,
            Strategy = state.Order.Strategy,
            FederationId = state.FederationId,
            Group = state.Order.Group,
            CurrentRound = state.CurrentRound,
            TotalRounds = state.Order.Rounds,
            RoundId = state.LastRound,
            RoundKind = round?.Plan.Kind ?? RoundKind.None,
            Accuracy = state.Evaluation?.Accuracy ?? Last(state.History, closed => closed.Accuracy),
            Loss = state.Evaluation?.Loss ?? Last(state.History, closed => closed.Loss),
            Trend = AccuracyTrend.Of(state.History),
            Reason = state.Reason,
            NewVersion = state.NewVersion,
            StartedAt = state.StartedAt,
            EndedAt = state.EndedAt,
            Contributions = [.. state.Members.Select(member => Contribution(member, round))],
            History = state.History,
            Privacy = state.Order.Privacy is null ? null : PrivacyOf(state),
        };
    }

    private static double? Last(ImmutableArray<ClosedRound> history, Func<ClosedRound, double?> value) =>
        history.Select(value).LastOrDefault(number => number is not null);

    private static ContributionStatus Contribution(RunMember member, RoundSnapshot? round)
    {
        var index = round?.Plan.Organizations.IndexOf(member.OrganizationId) ?? -1;

        return new ContributionStatus
        {
            OrganizationId = member.OrganizationId,
            OrganizationName = member.Name,
            Devices = member.Devices,
            Selected = index < 0 ? 0 : round!.Selected[index],
            Updates = index < 0 ? 0 : round!.Updates[index],
            Reason = member.Reason,
        };
    }
}
