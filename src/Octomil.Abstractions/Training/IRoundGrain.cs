using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Training;

/// <summary>
/// One attempt at one round (key: <c>rnd_...</c>). Its saved row is the only place where an update becomes counted: a fold writes
/// its sums as a checkpoint and registers it here, and only then may it acknowledge the updates.
/// </summary>
[Alias("octomil.round")]
public interface IRoundGrain : IGrainWithStringKey
{
    /// <summary>Opens the round; again with the same plan is the same.</summary>
    [Alias("open")]
    Task OpenAsync(RoundPlan plan);

    /// <summary>After a start or a crash: arms the deadline and goes on with what was interrupted.</summary>
    [Alias("resume")]
    Task ResumeAsync();

    /// <summary>What a fold needs; null where there is no open round.</summary>
    [Alias("fold-terms"), AlwaysInterleave]
    Task<FoldTerms?> GetFoldTermsAsync();

    [Alias("register")]
    Task<RegisterResult> RegisterAsync(FoldRegistration registration);

    /// <summary>The offer for this device; null where the round is not open, did not select it or has counted it.</summary>
    [Alias("assignment"), AlwaysInterleave]
    Task<RoundAssignment?> GetAssignmentAsync(string deviceId);

    /// <summary>Takes a device's input statistics (a statistics round), in memory only.</summary>
    [Alias("submit-statistics")]
    Task<SubmitUpdateResult> SubmitStatisticsAsync(string deviceId, DeviceStatistics statistics);

    /// <summary>Takes a device's metrics of the final weights (an evaluation round), in memory only.</summary>
    [Alias("submit-evaluation")]
    Task<SubmitUpdateResult> SubmitEvaluationAsync(string deviceId, DeviceEvaluation evaluation);

    /// <summary>
    /// The answer to an update of this device that needs no body, also when the round is over: it counts already, the device was not
    /// selected, its organization is excluded, the round is not open. <see cref="SubmitUpdateResult.None"/>: an update would be taken.
    /// </summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="baseRound">The round that gave out the base it trained from: this one, or in an asynchronous run an earlier one.</param>
    [Alias("answer"), AlwaysInterleave]
    Task<SubmitUpdateResult> GetAnswerAsync(string deviceId, string baseRound);

    /// <summary>Where this round is in its asynchronous run; null where there is no such round, or its run is synchronous.</summary>
    [Alias("asynchronous"), AlwaysInterleave]
    Task<AsynchronousRound?> GetAsynchronousAsync();

    /// <summary>Devices whose updates are not counted. They may still come, into a later round, where the run is asynchronous.</summary>
    [Alias("outstanding"), AlwaysInterleave]
    Task<ImmutableArray<OutstandingDevice>> GetOutstandingAsync();

    /// <summary>The plan and how far it got; null where there is no such round.</summary>
    [Alias("status"), AlwaysInterleave]
    Task<RoundSnapshot?> GetAsync();

    /// <summary>The devices that counted, and the outcome; also when the round is over. Null where there is no such round.</summary>
    [Alias("contributions"), AlwaysInterleave]
    Task<RoundContributions?> GetContributionsAsync();

    /// <summary>The result, once there is one.</summary>
    [Alias("outcome"), AlwaysInterleave]
    Task<RoundOutcome?> GetOutcomeAsync();

    /// <summary>The run gives the round up (it was stopped). A round that is sealed already stays so.</summary>
    [Alias("abandon")]
    Task AbandonAsync(string reason);

    /// <summary>
    /// The organization is no active member any more. Once this has answered, no update of it enters a result, unless the answer says
    /// that it is too late for this round. Idempotent; what can only be done by starting again abandons the round.
    /// </summary>
    [Alias("exclude")]
    Task<ExcludeResult> ExcludeAsync(string organizationId);

    /// <summary>
    /// The run has saved the result, or has ended: erases the key, deletes the checkpoints. A round that is still open is abandoned. Idempotent.
    /// </summary>
    [Alias("finish")]
    Task FinishAsync();

    /// <summary>Deletes what is left in storage of a round that is over or was never opened; leaves any other alone.</summary>
    [Alias("sweep")]
    Task SweepAsync();
}

/// <summary>Where a round stands.</summary>
public enum RoundPhase
{
    None = 0,
    Open = 1,

    /// <summary>No further update is counted.</summary>
    Sealing = 2,

    /// <summary>The result is written; nobody sees it before the run has saved it.</summary>
    Sealed = 3,
    Published = 4,
    Abandoned = 5,
}

/// <summary>Answers to an update.</summary>
public enum SubmitUpdateResult
{
    None = 0,
    Accepted = 1,
    CountedBefore = 2,
    RoundNotOpen = 3,
    NotSelected = 4,
    OrganizationSuspended = 5,

    /// <summary>It could not be made durable in time; the device sends it again.</summary>
    NotDurable = 6,

    /// <summary>The round is of another kind.</summary>
    WrongKind = 7,

    /// <summary>Fewer than ten rows; statistics of so few say too much about each.</summary>
    TooFewRows = 8,

    /// <summary>Full weights that differ from the base by more than the plan's magnitude.</summary>
    MagnitudeExceeded = 9,

    /// <summary>Numbers that no data has: a negative count or spread, or not finite.</summary>
    InvalidStatistics = 10,

    /// <summary>In an asynchronous run: what it was trained from is too old, or its time is over.</summary>
    TooStale = 11,

    /// <summary>It does not say what the round's strategy works with (steps, the loss of the base), or is not a difference.</summary>
    FactsMissing = 20,
}

/// <summary>A round's place in its asynchronous run.</summary>
[GenerateSerializer, Immutable, Alias("octomil.asynchronous-round")]
public sealed record AsynchronousRound
{
    [Id(0)] public required string RunId { get; init; }
    [Id(1)] public required int RoundNumber { get; init; }
    [Id(2)] public required int MaxStaleness { get; init; }
}

/// <summary>A round, for status.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-snapshot")]
public sealed record RoundSnapshot
{
    [Id(0)] public required RoundPlan Plan { get; init; }
    [Id(1)] public required RoundPhase Phase { get; init; }

    /// <summary>Counted updates by organization, as in the plan.</summary>
    [Id(2)] public ImmutableArray<int> Updates { get; init; } = [];

    /// <summary>Selected devices by organization, as in the plan.</summary>
    [Id(3)] public ImmutableArray<int> Selected { get; init; } = [];

    /// <summary>Organizations that were excluded in mid-round.</summary>
    [Id(20)] public ImmutableSortedSet<string> Excluded { get; init; } = [];
}
