using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What a round asks of its devices.</summary>
public enum RoundKind
{
    None = 0,
    Train = 1,

    /// <summary>Count, mean and spread of every feature, before the first training round of a model that is not scaled.</summary>
    Statistics = 2,

    /// <summary>Metrics of the final weights.</summary>
    Evaluate = 3,
}

/// <summary>Everything a round is opened with; written once, never changed. A device is its index in <see cref="Devices"/>.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-plan")]
public sealed record RoundPlan
{
    [Id(0)] public required string RoundId { get; init; }
    [Id(1)] public required string RunId { get; init; }
    [Id(2)] public required int RoundNumber { get; init; }
    [Id(3)] public required RoundKind Kind { get; init; }
    [Id(4)] public required string ModelId { get; init; }
    [Id(5)] public required string ModelName { get; init; }
    [Id(6)] public required string BaseVersion { get; init; }
    [Id(7)] public string? ArchitectureJson { get; init; }
    [Id(8)] public required WeightsRef Base { get; init; }

    /// <summary>The cohort, in the order of ids.</summary>
    [Id(9)] public ImmutableArray<string> Devices { get; init; } = [];
    [Id(10)] public ImmutableArray<string> Organizations { get; init; } = [];

    /// <summary>For each device the index of its organization in <see cref="Organizations"/>.</summary>
    [Id(11)] public ImmutableArray<int> OrganizationOfDevice { get; init; } = [];
    [Id(12)] public required string Strategy { get; init; }
    [Id(13)] public ImmutableSortedDictionary<string, string> StrategyParameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(14)] public required LocalTraining Training { get; init; }

    /// <summary>Updates at which the round closes, and the fewest with which it may close at its deadline.</summary>
    [Id(15)] public required int TargetUpdates { get; init; }
    [Id(16)] public required int MinUpdates { get; init; }
    [Id(17)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>Bounds of the exact fold.</summary>
    [Id(18)] public required double MaxMagnitude { get; init; }
    [Id(19)] public required long MaxSampleCount { get; init; }

    /// <summary>The server optimizer's vectors after the round before, in its own order.</summary>
    [Id(20)] public ImmutableArray<WeightsRef> OptimizerState { get; init; } = [];

    /// <summary>True where every update weighs the same, whatever its sample count.</summary>
    [Id(21)] public bool UniformWeights { get; init; }
    [Id(22)] public double? ProximalMu { get; init; }
    [Id(23)] public double? ClipNorm { get; init; }

    /// <summary>Rounds that an update may be behind, in an asynchronous run; null in a synchronous one.</summary>
    [Id(24)] public int? MaxStaleness { get; init; }

    /// <summary>Earlier rounds from whose bases devices of this cohort still train.</summary>
    [Id(25)] public ImmutableArray<RoundBase> EarlierBases { get; init; } = [];

    /// <summary>For each device its base's index in <see cref="EarlierBases"/>, or -1: this round's own. Empty in a synchronous run.</summary>
    [Id(26)] public ImmutableArray<int> BaseOfDevice { get; init; } = [];

    /// <summary>Sums that are kept apart; 0 and 1: one of everything.</summary>
    [Id(40)] public int Buckets { get; init; }

    /// <summary>True: bucket i holds organization i, and can be left out when the round is sealed. False: device i is in bucket i mod <see cref="Buckets"/>.</summary>
    [Id(41)] public bool BucketsByOrganization { get; init; }

    /// <summary>Devices of the run that were ready when the round opened: N of the strategies that ask how many take part.</summary>
    [Id(42)] public int Population { get; init; }

    /// <summary>The length that the strategy bounds updates to; null: its parameters name one, or there is none yet.</summary>
    [Id(43)] public double? LengthBound { get; init; }

    /// <summary>alpha of the dynamic term that devices train with, where the strategy has one.</summary>
    [Id(44)] public double? DynamicAlpha { get; init; }

    /// <summary>Devices send a second set of tensors, their controls, and train with the server's, which is the optimizer's state.</summary>
    [Id(45)] public bool HasControls { get; init; }

    /// <summary>Devices say what the loss of the base is on their data.</summary>
    [Id(46)] public bool NeedsBaseLoss { get; init; }

    /// <summary>Every update is stored by itself until the round is sealed, instead of sums.</summary>
    [Id(47)] public bool KeepsUpdates { get; init; }

    /// <summary>Null: the round gives no privacy guarantee.</summary>
    [Id(60)] public RoundPrivacy? Privacy { get; init; }

    /// <summary>True where sealing can leave out what an organization sent, exactly: its updates are apart from the others'.</summary>
    public bool KeepsOrganizationsApart => KeepsUpdates || (BucketsByOrganization && Buckets > 1);

    public bool IsAsynchronous => MaxStaleness is not null;

    public int BucketCount => Math.Max(1, Buckets);

    /// <summary>Where the device of this index is added.</summary>
    public int BucketOf(int device) => Buckets <= 1 ? 0 : BucketsByOrganization ? OrganizationOfDevice[device] : device % Buckets;

    /// <summary>What devices that this round selected train from.</summary>
    public RoundBase OwnBase => new() { RoundId = RoundId, RoundNumber = RoundNumber, Weights = Base, Deadline = Deadline };

    /// <summary>What the device of this index trains from.</summary>
    public RoundBase BaseOf(int device) => BaseOfDevice.IsEmpty || BaseOfDevice[device] < 0 ? OwnBase : EarlierBases[BaseOfDevice[device]];

    /// <summary>The device's place in the cohort; negative where it was not selected.</summary>
    public int IndexOf(string deviceId) => Devices.AsSpan().BinarySearch(deviceId, StringComparer.Ordinal);
}

/// <summary>Weights that devices train from, named by the round that gave them out.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-base")]
public sealed record RoundBase
{
    [Id(0)] public required string RoundId { get; init; }
    [Id(1)] public required int RoundNumber { get; init; }
    [Id(2)] public required WeightsRef Weights { get; init; }

    /// <summary>When the devices that train from it must have answered.</summary>
    [Id(3)] public required DateTimeOffset Deadline { get; init; }
}

/// <summary>A device that has not answered yet when its round closes, in an asynchronous run.</summary>
[GenerateSerializer, Immutable, Alias("octomil.outstanding-device")]
public sealed record OutstandingDevice
{
    [Id(0)] public required string DeviceId { get; init; }
    [Id(1)] public required string OrganizationId { get; init; }
    [Id(2)] public required RoundBase Base { get; init; }
}

/// <summary>How devices train.</summary>
[GenerateSerializer, Immutable, Alias("octomil.local-training")]
public sealed record LocalTraining
{
    [Id(0)] public int Epochs { get; init; } = 5;
    [Id(1)] public int BatchSize { get; init; } = 32;
    [Id(2)] public string Optimizer { get; init; } = "sgd";
    [Id(3)] public double LearningRate { get; init; } = 0.05;
    [Id(4)] public double Momentum { get; init; } = 0.9;
    [Id(5)] public double WeightDecay { get; init; }
    [Id(6)] public double Holdout { get; init; } = 0.2;
    [Id(7)] public long Seed { get; init; }
}

/// <summary>The offer of a round, as it goes to devices.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-assignment")]
public sealed record RoundAssignment
{
    [Id(0)] public required string RoundId { get; init; }
    [Id(1)] public required string RunId { get; init; }
    [Id(2)] public required int RoundNumber { get; init; }
    [Id(3)] public required RoundKind Kind { get; init; }
    [Id(4)] public required string ModelId { get; init; }
    [Id(5)] public required string ModelName { get; init; }
    [Id(6)] public required string BaseVersion { get; init; }
    [Id(7)] public string? ArchitectureJson { get; init; }
    [Id(8)] public required WeightsRef Base { get; init; }
    [Id(9)] public required string Strategy { get; init; }
    [Id(10)] public required LocalTraining Training { get; init; }
    [Id(11)] public required DateTimeOffset Deadline { get; init; }
    [Id(12)] public required double MaxMagnitude { get; init; }
    [Id(13)] public required long MaxSampleCount { get; init; }
    [Id(14)] public double? ProximalMu { get; init; }
    [Id(15)] public double? ClipNorm { get; init; }
    [Id(40)] public double? DynamicAlpha { get; init; }

    /// <summary>The server's control: the trained elements in the model's order, as float32. Null before the first round.</summary>
    [Id(41)] public WeightsRef? Control { get; init; }

    /// <summary>For clients that clip every tensor by itself: together their norms are at most the clip.</summary>
    [Id(60)] public double? TensorClipNorm { get; init; }

    /// <summary>For the devices that the round selected itself.</summary>
    public static RoundAssignment Of(RoundPlan plan) => Of(plan, plan.OwnBase);

    /// <summary>For a device that trains from the given base.</summary>
    public static RoundAssignment Of(RoundPlan plan, RoundBase from) => new()
    {
        RoundId = from.RoundId,
        RunId = plan.RunId,
        RoundNumber = from.RoundNumber,
        Kind = plan.Kind,
        ModelId = plan.ModelId,
        ModelName = plan.ModelName,
        BaseVersion = plan.BaseVersion,
        ArchitectureJson = plan.ArchitectureJson,
        Base = from.Weights,
        Strategy = plan.Strategy,
        Training = plan.Training,
        Deadline = from.Deadline,
        MaxMagnitude = plan.MaxMagnitude,
        MaxSampleCount = plan.MaxSampleCount,
        ProximalMu = plan.ProximalMu,
        ClipNorm = plan.ClipNorm,
        DynamicAlpha = plan.DynamicAlpha,
        Control = plan.HasControls ? plan.OptimizerState.FirstOrDefault() : null,
        TensorClipNorm = plan.Privacy is null ? null : plan.Privacy.Clip / Math.Sqrt(Math.Max(1, plan.Privacy.Tensors)),
    };
}
