using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Training;

/// <summary>
/// Rounds one after another over one model (key: <c>run_...</c>). Started and stopped by the model's owner alone; read by the owner
/// and by the active members of the run's federation.
/// </summary>
[Alias("octomil.training-run")]
public interface ITrainingRunGrain : IGrainWithStringKey
{
    /// <summary>Starts the run, or returns why not. The same order over the same model while it runs returns that run.</summary>
    [Alias("start")]
    Task<StartRunResult> StartAsync(string callerId, RunOrder order);

    /// <summary>What a private run of this order would cost; asked of a run that was not started, and starts nothing.</summary>
    [Alias("forecast")]
    Task<RunForecast> ForecastAsync(string callerId, RunOrder order);

    /// <summary>Null where there is none or the caller takes no part.</summary>
    [Alias("status"), AlwaysInterleave]
    Task<RunStatus?> GetStatusAsync(string callerId);

    /// <summary>Whether there is such a run. Waits for a start that is under way.</summary>
    [Alias("has-begun")]
    Task<bool> HasBegunAsync();

    /// <summary>The order the run was started with; null where there is none.</summary>
    [Alias("order"), AlwaysInterleave]
    Task<RunOrder?> GetOrderAsync();

    /// <summary>
    /// The weights that devices train from now, which are the base of the open round. Null where the run is over, or devices of the
    /// caller take no part in it.
    /// </summary>
    [Alias("base"), AlwaysInterleave]
    Task<RunBase?> GetBaseAsync(string callerId);

    /// <summary>The round that is open now, if any.</summary>
    [Alias("open-round"), AlwaysInterleave]
    Task<string?> GetOpenRoundAsync();

    /// <summary>Deletes the run's own weights that were stored before then and that neither the run nor its open round needs.</summary>
    /// <returns>How many.</returns>
    [Alias("sweep")]
    Task<int> SweepAsync(DateTimeOffset storedBefore);

    /// <summary>What the run needs to go on; nothing once it is over.</summary>
    [Alias("weights"), AlwaysInterleave]
    Task<ImmutableArray<WeightsRef>> GetWeightsAsync();

    /// <summary>
    /// The rounds from this number on, the open one last, and whether another one will follow: where an update of an asynchronous run
    /// may be counted.
    /// </summary>
    [Alias("rounds-from"), AlwaysInterleave]
    Task<RunRounds> GetRoundsFromAsync(int number);

    /// <summary>Stops the run; with <paramref name="publish"/> the last closed round's weights become a version. Idempotent.</summary>
    [Alias("stop")]
    Task<RunCommandResult> StopAsync(string callerId, bool publish);

    /// <summary>No further round opens until it is resumed; the open one goes on.</summary>
    [Alias("pause")]
    Task<RunCommandResult> PauseAsync(string callerId);

    [Alias("resume")]
    Task<RunCommandResult> ResumeAsync(string callerId);

    /// <summary>
    /// The organization is no active member of the federation any more: excludes it from the open round and from all that follow until
    /// it is one again. Idempotent; a run of another federation has nothing to do.
    /// </summary>
    [Alias("exclude")]
    Task<ExcludeResult> ExcludeAsync(string federationId, string organizationId);

    /// <summary>After a silo's start or death: goes on at once.</summary>
    [Alias("wake"), OneWay]
    Task WakeAsync();

    /// <summary>News from the round: it has an outcome.</summary>
    [Alias("round-closed"), OneWay]
    Task RoundClosedAsync(string roundId);

    /// <summary>News from the round: more updates are counted; watchers hear of it.</summary>
    [Alias("round-progressed"), OneWay]
    Task RoundProgressedAsync(string roundId);
}

/// <summary>Rounds of a run.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-rounds")]
public sealed record RunRounds
{
    [Id(0)] public ImmutableArray<string> RoundIds { get; init; } = [];
    [Id(1)] public required bool MoreFollow { get; init; }
}

/// <summary>What a run's devices train from, and the version that the run started with.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-base")]
public sealed record RunBase
{
    [Id(0)] public required string BaseVersion { get; init; }
    [Id(1)] public required WeightsRef Weights { get; init; }
}

/// <summary>The runs that are not over (one grain), so that a silo that starts can wake them.</summary>
[Alias("octomil.open-runs")]
public interface IOpenRunsGrain : IGrainWithStringKey
{
    [Alias("list"), AlwaysInterleave]
    Task<ImmutableArray<string>> ListAsync();

    [Alias("add")]
    Task AddAsync(string runId);

    [Alias("remove")]
    Task RemoveAsync(string runId);

    [Alias("wake-all")]
    Task WakeAllAsync();
}

/// <summary>States of a run.</summary>
public enum RunPhase
{
    None = 0,
    Pending = 1,
    InProgress = 2,
    Paused = 3,
    Completed = 4,
    Stopped = 5,
    Failed = 6,
}

/// <summary>What a run is asked to do. Value equality tells a repeated order from another one.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-order")]
public sealed record RunOrder
{
    [Id(0)] public required string ModelId { get; init; }
    [Id(1)] public required int Rounds { get; init; }
    [Id(2)] public string? Group { get; init; }

    /// <summary>Null: the model's only federation, or the owner alone.</summary>
    [Id(3)] public string? FederationId { get; init; }
    [Id(4)] public required string Strategy { get; init; }

    /// <summary>name=value pairs of the strategy's own parameters, sorted, joined by a newline.</summary>
    [Id(5)] public string StrategyParameters { get; init; } = "";
    [Id(6)] public required LocalTraining Training { get; init; }
    [Id(7)] public int MinDevices { get; init; } = 2;
    [Id(8)] public int MinUpdates { get; init; } = 2;
    [Id(9)] public int? TargetUpdates { get; init; }
    [Id(10)] public double OverSelection { get; init; } = 1.3;
    [Id(11)] public TimeSpan RoundTimeout { get; init; } = TimeSpan.FromMinutes(10);
    [Id(12)] public double MaxMagnitude { get; init; } = 1024;
    [Id(13)] public long MaxSampleCount { get; init; } = 65536;

    /// <summary>Null: the run gives no privacy guarantee.</summary>
    [Id(60)] public RunPrivacy? Privacy { get; init; }
}

/// <summary>Why a run started or not.</summary>
public enum StartRunDecision
{
    None = 0,
    Started = 1,
    ModelNotFound = 2,
    NotOwner = 3,

    /// <summary>Another run trains the model.</summary>
    RunInProgress = 4,

    /// <summary>The model is shared with several federations: one must be named.</summary>
    FederationRequired = 5,

    /// <summary>The model is not shared with the federation that was named.</summary>
    NotShared = 6,
    NoVersion = 7,
    InvalidStrategy = 8,
    UnknownGroup = 9,

    /// <summary>The privacy that was asked for cannot be kept, or the organization's policy does not allow the run.</summary>
    InvalidPrivacy = 20,
    PrivacyRequired = 21,
}

/// <summary>The answer to an order.</summary>
[GenerateSerializer, Immutable, Alias("octomil.start-run-result")]
public sealed record StartRunResult
{
    [Id(0)] public required StartRunDecision Decision { get; init; }

    /// <summary>The run: the new one, or the one that holds the model.</summary>
    [Id(1)] public string? RunId { get; init; }

    /// <summary>A readable reason where the decision alone does not say enough.</summary>
    [Id(2)] public string? Reason { get; init; }
}

/// <summary>Outcomes of commands to a run.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-command-result")]
public sealed record RunCommandResult
{
    [Id(0)] public required bool Found { get; init; }
    [Id(1)] public bool NotOwner { get; init; }
    [Id(2)] public int LastRound { get; init; }
    [Id(3)] public string? NewVersion { get; init; }
    [Id(4)] public RunPhase Phase { get; init; }
}

/// <summary>A run as its watchers see it; also what goes out as a run event.</summary>
[GenerateSerializer, Immutable, Alias("octomil.run-status")]
public sealed record RunStatus
{
    [Id(0)] public required string RunId { get; init; }
    [Id(1)] public required string ModelId { get; init; }
    [Id(2)] public required string ModelName { get; init; }
    [Id(3)] public required RunPhase Phase { get; init; }
    [Id(4)] public required string Strategy { get; init; }
    [Id(5)] public string? FederationId { get; init; }
    [Id(6)] public string? Group { get; init; }

    /// <summary>The round that is open or was last.</summary>
    [Id(7)] public required int CurrentRound { get; init; }
    [Id(8)] public required int TotalRounds { get; init; }
    [Id(9)] public string? RoundId { get; init; }
    [Id(10)] public RoundKind RoundKind { get; init; }
    [Id(11)] public double? Accuracy { get; init; }
    [Id(12)] public double? Loss { get; init; }
    [Id(13)] public string? Trend { get; init; }
    [Id(14)] public string? Reason { get; init; }
    [Id(15)] public string? NewVersion { get; init; }
    [Id(16)] public DateTimeOffset StartedAt { get; init; }
    [Id(17)] public DateTimeOffset? EndedAt { get; init; }
    [Id(18)] public ImmutableArray<ContributionStatus> Contributions { get; init; } = [];
    [Id(19)] public ImmutableArray<ClosedRound> History { get; init; } = [];

    /// <summary>The privacy of its rounds; null where there is none. Sample counts are not shown then.</summary>
    [Id(60)] public RoundPrivacy? Privacy { get; init; }
}

/// <summary>One organization's part in the current round.</summary>
[GenerateSerializer, Immutable, Alias("octomil.contribution-status")]
public sealed record ContributionStatus
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required string OrganizationName { get; init; }
    [Id(2)] public required int Devices { get; init; }
    [Id(3)] public required int Selected { get; init; }
    [Id(4)] public required int Updates { get; init; }
    [Id(5)] public string? Reason { get; init; }
}

/// <summary>A round that closed with a result.</summary>
[GenerateSerializer, Immutable, Alias("octomil.closed-round")]
public sealed record ClosedRound
{
    [Id(0)] public required int Number { get; init; }
    [Id(1)] public required string RoundId { get; init; }
    [Id(2)] public required int Updates { get; init; }
    [Id(3)] public required long Samples { get; init; }
    [Id(4)] public double? Accuracy { get; init; }
    [Id(5)] public double? Loss { get; init; }
    [Id(6)] public required DateTimeOffset ClosedAt { get; init; }
}
