using System.Collections.Immutable;
using Octomil.Learning.Strategies;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Where a run is on its way.</summary>
internal enum RunStage
{
    None = 0,
    Statistics = 1,
    Training = 2,
    Evaluation = 3,
    Publication = 4,
}

/// <summary>An active member, as the run knows it since its last round opened.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-member")]
internal sealed record RunMember
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required string Name { get; init; }

    /// <summary>Devices that could be selected when the last round opened.</summary>
    [Id(2)] public int Devices { get; init; }

    /// <summary>Why its devices take no part, if they do not.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>The reason is its privacy ledger.</summary>
    [Id(60)] public bool LacksBudget { get; init; }

    /// <summary>Where its devices have ledgers of their own: their epoch; else 0.</summary>
    [Id(61)] public int DeviceEpoch { get; init; }
}

/// <summary>A round for which amounts were asked of ledgers.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-admission")]
internal sealed record RunAdmission
{
    [Id(0)] public required string RoundId { get; init; }
    [Id(1)] public ImmutableArray<string> Organizations { get; init; } = [];
    [Id(2)] public ImmutableArray<DeviceLedgerKey> PerDevice { get; init; } = [];
}

/// <summary>
/// A run's row. What it says of weights is what is visible: a round's result counts from the save that puts it here, once for each
/// round id.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.run-state")]
internal sealed record RunState
{
    /// <summary>Closed rounds that are remembered one by one.</summary>
    private const int HistoryLength = 500;

    [Id(0)] public RunPhase Phase { get; init; }
    [Id(1)] public RunOrder? Order { get; init; }
    [Id(2)] public string OwnerId { get; init; } = "";
    [Id(3)] public string ModelName { get; init; } = "";
    [Id(4)] public string? FederationId { get; init; }
    [Id(5)] public string BaseVersion { get; init; } = "";
    [Id(6)] public string? ArchitectureJson { get; init; }
    [Id(7)] public string LayoutHash { get; init; } = "";
    [Id(8)] public long ParameterCount { get; init; }
    [Id(9)] public RunStage Stage { get; init; }
    [Id(10)] public WeightsRef? Weights { get; init; }
    [Id(11)] public ImmutableArray<WeightsRef> OptimizerState { get; init; } = [];

    /// <summary>Rounds that closed with a result.</summary>
    [Id(12)] public int ClosedRounds { get; init; }

    /// <summary>Attempts at the current step that failed.</summary>
    [Id(13)] public int FailedAttempts { get; init; }
    [Id(14)] public string? OpenRound { get; init; }
    [Id(15)] public string? LastRound { get; init; }

    /// <summary>Rounds that are over and still to be told so.</summary>
    [Id(16)] public ImmutableArray<string> ToFinish { get; init; } = [];
    [Id(17)] public ImmutableArray<ClosedRound> History { get; init; } = [];
    [Id(18)] public ImmutableArray<RunMember> Members { get; init; } = [];
    [Id(19)] public ImmutableSortedSet<string> Contributors { get; init; } = [];
    [Id(20)] public RoundTally? Evaluation { get; init; }
    [Id(21)] public string? Reason { get; init; }
    [Id(22)] public string? NewVersion { get; init; }
    [Id(23)] public DateTimeOffset StartedAt { get; init; }
    [Id(24)] public DateTimeOffset? EndedAt { get; init; }
    [Id(25)] public long Seed { get; init; }

    /// <summary>The end is saved, and everybody who has to know of it knows.</summary>
    [Id(26)] public bool CleanedUp { get; init; }
    [Id(27)] public bool PublishOnStop { get; init; }

    /// <summary>Earlier bases that devices of the open round still train from, in an asynchronous run.</summary>
    [Id(28)] public ImmutableArray<WeightsRef> EarlierBases { get; init; } = [];

    /// <summary>How often a member was excluded in mid-run; counted so that each time writes the row.</summary>
    [Id(40)] public int Exclusions { get; init; }

    /// <summary>Median lengths of the last rounds' updates, where the strategy learns its bound from them.</summary>
    [Id(41)] public ImmutableArray<double> MedianLengths { get; init; } = [];

    /// <summary>z of the rounds of a private run, and C of its next one; 0 in others.</summary>
    [Id(60)] public double NoiseMultiplier { get; init; }
    [Id(61)] public double Clip { get; init; }

    /// <summary>Trained tensors of the model, in a private run.</summary>
    [Id(62)] public int Tensors { get; init; }

    /// <summary>The last round for which amounts were asked of ledgers. Until it is open, giving them back is the run's task.</summary>
    [Id(63)] public RunAdmission? Admission { get; init; }

    /// <summary>It is paused for want of privacy budgets, and goes on by itself when there are enough.</summary>
    [Id(64)] public bool LacksBudget { get; init; }

    public bool IsOver => Phase is RunPhase.Completed or RunPhase.Stopped or RunPhase.Failed;

    public int CurrentRound => Stage is RunStage.Training && !IsOver ? Math.Min(ClosedRounds + 1, Order!.Rounds) : ClosedRounds;

    /// <summary>The owner, whoever has updates in it, and whoever's devices could have been selected last.</summary>
    public IEnumerable<string> Participants() =>
        Contributors.Add(OwnerId).Union(Members.Where(member => member.Reason is null).Select(member => member.OrganizationId));

    public RunState Opened(RoundPlan plan, ImmutableArray<RunMember> members) => this with
    {
        OpenRound = plan.RoundId,
        LastRound = plan.RoundId,
        Members = members,
        Reason = null,
        Phase = RunPhase.InProgress,
        LacksBudget = false,
        EarlierBases = [.. plan.EarlierBases.Select(earlier => earlier.Weights)],
    };

    /// <summary>Takes the outcome of the open round; of any other round it has already, or does not want it.</summary>
    public RunState Close(RoundOutcome outcome, int attempts)
    {
        if (OpenRound != outcome.RoundId)
        {
            return this;
        }

        var closed = this with { OpenRound = null, ToFinish = ToFinish.Add(outcome.RoundId) };
        return outcome.Phase is RoundPhase.Abandoned ? closed.Failed(outcome, attempts) : closed.Advanced(outcome);
    }

    /// <summary>The organization takes no part, until a round is planned with it again.</summary>
    public RunState Without(string organizationId) => this with
    {
        Exclusions = Exclusions + 1,
        Members =
        [
            .. Members.Select(member => member.OrganizationId == organizationId
                ? member with { Devices = 0, Reason = "is no active member of the federation" }
                : member),
        ],
    };

    public RunState Pause(string reason) => Phase is RunPhase.InProgress || LacksBudget
        ? this with { Phase = RunPhase.Paused, Reason = reason, LacksBudget = false }
        : this;

    /// <summary>It waits for devices; budgets, where it lacked them, are there again.</summary>
    public RunState Wait(string reason, ImmutableArray<RunMember> members) => this with
    {
        Phase = LacksBudget ? RunPhase.InProgress : Phase, LacksBudget = false, Members = members, Reason = reason,
    };

    /// <summary>Too few organizations can pay for another round. A run that people paused stays theirs.</summary>
    public RunState PauseForBudget(string reason, ImmutableArray<RunMember> members) => Phase is RunPhase.InProgress || LacksBudget
        ? LacksBudget && Reason == reason ? this : this with { Phase = RunPhase.Paused, LacksBudget = true, Reason = reason, Members = members }
        : this;

    public RunState Resume() => Phase is RunPhase.Paused ? this with { Phase = RunPhase.InProgress, Reason = null, FailedAttempts = 0, LacksBudget = false } : this;

    public RunState End(RunPhase phase, string? newVersion, string? reason, DateTimeOffset now) => IsOver
        ? this
        : this with
        {
            Phase = phase,
            NewVersion = newVersion,
            Reason = reason,
            EndedAt = now,
            ToFinish = OpenRound is null ? ToFinish : ToFinish.Add(OpenRound),
            OpenRound = null,
        };

    private RunState Failed(RoundOutcome outcome, int attempts)
    {
        if (Stage is RunStage.Evaluation)
        {
            // Metrics of the final weights are welcome, not needed.
            return this with { Stage = RunStage.Publication };
        }

        if (outcome.ForExclusion)
        {
            // Whoever suspends a member often must not stop the run with it.
            return this with { Reason = outcome.Reason };
        }

        var failed = this with { FailedAttempts = FailedAttempts + 1, Reason = outcome.Reason };
        return failed.FailedAttempts < attempts ? failed : failed.Pause($"{attempts} attempts at a round failed. The last: {outcome.Reason}");
    }

    private RunState Advanced(RoundOutcome outcome) => Stage switch
    {
        RunStage.Statistics => this with { Stage = RunStage.Training, FailedAttempts = 0, Reason = null },
        RunStage.Training => WithRound(outcome),
        RunStage.Evaluation => this with { Stage = RunStage.Publication, Evaluation = outcome.Tally },
        _ => throw new InvalidOperationException($"A round closed while the run is at {Stage}."),
    };

    private RunState WithRound(RoundOutcome outcome)
    {
        var tally = outcome.Tally!;
        var closed = new ClosedRound
        {
            Number = ClosedRounds + 1,
            RoundId = outcome.RoundId,
            Updates = tally.Updates,
            Samples = tally.Samples,
            Accuracy = tally.Accuracy,
            Loss = tally.Loss,
            ClosedAt = outcome.ClosedAt,
        };
        var history = History.Add(closed);

        return this with
        {
            ClosedRounds = closed.Number,
            FailedAttempts = 0,
            Reason = null,
            Weights = outcome.Weights,
            Clip = outcome.NextClip ?? Clip,
            OptimizerState = outcome.OptimizerState,
            MedianLengths = tally.MedianLength is > 0 and var median ? new NormHistory { Medians = MedianLengths }.AddMedian(median).Medians : MedianLengths,
            History = history.Length > HistoryLength ? history.RemoveAt(0) : history,
            Contributors = Contributors.Union(tally.Organizations.Where(part => part.Updates > 0).Select(part => part.OrganizationId)),
            Stage = closed.Number < Order!.Rounds ? RunStage.Training : ArchitectureJson is null || Order.Privacy is not null ? RunStage.Publication : RunStage.Evaluation,
        };
    }
}
