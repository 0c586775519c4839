using System.Collections.Immutable;
using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>
/// Rounds of an asynchronous run. A round closes whenever its buffer is full, and the devices that are still training go on: their
/// updates count in a later round, for less the later it is.
/// </summary>
internal sealed partial class TrainingRunGrain
{
    public Task<RunRounds> GetRoundsFromAsync(int number) => Task.FromResult(new RunRounds
    {
        RoundIds =
        [
            .. State.History.Where(round => round.Number >= number).Select(round => round.RoundId),
            .. State.OpenRound is { } open ? [open] : Array.Empty<string>(),
        ],
        MoreFollow = State.Stage is RunStage.Training && !State.IsOver,
    });

    private async Task<NextRound> PlanAsynchronousAsync(
        RunState state, string roundId, ImmutableArray<RunMember> members, ImmutableArray<PartitionCount> counts, CohortSize size,
        UpdateBuffering buffering, ulong seed)
    {
        var active = members.Where(member => member.Reason is null).Select(member => member.OrganizationId).ToHashSet(StringComparer.Ordinal);
        var outstanding = state.LastRound is { } last && await grains.GetRound(last).GetAsynchronousAsync() is not null
            ? await grains.GetRound(last).GetOutstandingAsync()
            : [];
        var carried = AsynchronousCohort.Carry(outstanding, active, state.CurrentRound, buffering.MaxStaleness, clock.GetUtcNow());

        // More than there are places for, as some of them have their task.
        var drawn = await DrawAsync(state, members, counts, size.Selected + carried.Length, seed);
        var cohort = AsynchronousCohort.Fill(drawn, carried, size.Selected, seed);
        var joined = AsynchronousCohort.Join(PlanOf(state, roundId, cohort, size), carried, buffering.Size, buffering.MaxStaleness);
        var plan = RoundNeeds.Complete(joined, StrategyOf(state.Order!), state, joined.Devices.Length, Options);
        return new NextRound(plan, members, cohort);
    }
}
