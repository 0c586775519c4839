using System.Collections.Immutable;
using Octomil.Models;
using Octomil.Webhooks;

namespace Octomil.Deployments;

/// <summary>One model's rollouts to one organization's devices. At most one rollout is open.</summary>
[GenerateSerializer, Immutable, Alias("octomil.deployment-state")]
internal sealed partial record DeploymentState
{
    private const int MostRollouts = 100;

    /// <summary>An advance without a percentage is taken for a repetition of the last one for so long: callers that lost an answer ask again.</summary>
    internal static readonly TimeSpan RepeatedAdvance = TimeSpan.FromSeconds(30);

    [Id(0)] public string ModelName { get; init; } = "";

    /// <summary>Oldest first.</summary>
    [Id(1)] public ImmutableArray<Rollout> Rollouts { get; init; } = [];

    /// <summary>What completed rollouts left, newest first; an open one lies on top.</summary>
    [Id(2)] public ImmutableArray<VersionLayer> Settled { get; init; } = [];
    [Id(3)] public long Generation { get; init; }

    /// <summary>No rollback happens by itself until then.</summary>
    [Id(4)] public DateTimeOffset? CoolUntil { get; init; }

    /// <summary>What webhooks are still to be told.</summary>
    [Id(5)] public ImmutableArray<WebhookEvent> Untold { get; init; } = [];

    public Rollout? Open => Rollouts.FirstOrDefault(rollout => rollout.IsOpen);

    /// <summary>The newest rollout in force, begun or completed: its version is watched, and would be rolled back.</summary>
    public Rollout? Subject => Rollouts.LastOrDefault(rollout =>
        rollout.Status is RolloutStatus.Active or RolloutStatus.Paused || Settled.Any(layer => layer.RolloutId == rollout.Id));

    /// <summary>Whether a decision may be made about what devices count of the version.</summary>
    public bool IsWatched(string version) => Subject?.Version.Version == version || Experiment?.Treatment.Version.Version == version;

    public Rollout? Find(string id) => Rollouts.FirstOrDefault(rollout => rollout.Id == id);

    public VersionRule ToRule(string modelId) => new()
    {
        ModelId = modelId,
        ModelName = ModelName,
        Generation = Generation,
        Layers = Open is { Status: not RolloutStatus.Pending } open ? Settled.Insert(0, LayerOf(open)) : Settled,
        Experiment = Experiment,
    };

    public (DeploymentState Next, RolloutAnswer Answer) Deploy(DeployOrder order, DeployedVersion version, string id, DateTimeOffset now)
    {
        if (Open is { } open)
        {
            return open.Version.Version == version.Version ? DeployAgain(open, order, now)
                : IsRollback(order, open) ? RollBack(version, reason: null, automatic: false, id, now)
                : Refused(RolloutResult.OtherRolloutOpen, open);
        }

        var settled = Settled.FirstOrDefault(layer =>
            IsOfARollout(layer) && (order.Group is null || layer.Group is null || layer.Group == order.Group));

        if (settled?.Version.Version == version.Version && (settled.Group is null || settled.Group == order.Group))
        {
            // Everybody has it: the same again is the same, less of it is no deployment.
            return order.BasisPoints == RolloutShare.All ? Same(Find(settled.RolloutId)!) : Refused(RolloutResult.Over, Find(settled.RolloutId));
        }

        var rollout = new Rollout
        {
            Id = id,
            Version = version,
            Status = order.Start ? RolloutStatus.Active : RolloutStatus.Pending,
            BasisPoints = order.BasisPoints,
            TargetBasisPoints = Math.Max(order.TargetBasisPoints ?? RolloutShare.All, order.BasisPoints),
            StepBasisPoints = order.StepBasisPoints ?? RolloutShare.All / 10,
            Group = order.Group,
            CreatedAt = now,
            StartedAt = order.Start ? now : null,
            Previous = VersionBefore(order.Group),
        };
        return With(rollout, now);
    }

    public (DeploymentState Next, RolloutAnswer Answer) Change(string id, RolloutChange change, DateTimeOffset now)
    {
        if (Find(id) is not { } rollout)
        {
            return Refused(RolloutResult.RolloutNotFound, null);
        }

        return change.Command switch
        {
            RolloutCommand.Start => Start(rollout, change, now),
            RolloutCommand.Pause => Move(rollout, RolloutStatus.Active, RolloutStatus.Paused, change, now),
            RolloutCommand.Resume => Move(rollout, RolloutStatus.Paused, RolloutStatus.Active, change, now),
            RolloutCommand.Advance => Advance(rollout, change, now),
            RolloutCommand.SetPercentage => Set(rollout, change, now),
            RolloutCommand.Delete => Delete(rollout, change.Reason, now),
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Command, "No such command."),
        };
    }

    // What existing clients send to roll back: an earlier version, for all at once.
    private static bool IsRollback(DeployOrder order, Rollout open) =>
        order is { BasisPoints: RolloutShare.All, Start: true } && order.Group == open.Group && SemanticVersion.Compare(order.Version, open.Version.Version) < 0;

    private (DeploymentState Next, RolloutAnswer Answer) DeployAgain(Rollout open, DeployOrder order, DateTimeOffset now)
    {
        if (order.Group is not null && order.Group != open.Group)
        {
            return Refused(RolloutResult.OtherGroup, open);
        }

        var starts = open.Status is RolloutStatus.Pending && order.Start;
        return With(
            open with
            {
                BasisPoints = order.BasisPoints,
                TargetBasisPoints = Math.Max(order.TargetBasisPoints ?? open.TargetBasisPoints, order.BasisPoints),
                StepBasisPoints = order.StepBasisPoints ?? open.StepBasisPoints,
                Status = starts ? RolloutStatus.Active : open.Status,
                StartedAt = starts ? now : open.StartedAt,
            },
            now);
    }

    private (DeploymentState Next, RolloutAnswer Answer) Start(Rollout rollout, RolloutChange change, DateTimeOffset now) => rollout.Status switch
    {
        RolloutStatus.Pending => With(
            rollout with { Status = RolloutStatus.Active, StartedAt = now, BasisPoints = change.BasisPoints ?? rollout.BasisPoints, Reason = change.Reason ?? rollout.Reason }, now),
        RolloutStatus.Active or RolloutStatus.Completed => Same(rollout),
        RolloutStatus.Paused => Refused(RolloutResult.WrongStatus, rollout),
        _ => Refused(RolloutResult.Over, rollout),
    };

    private (DeploymentState Next, RolloutAnswer Answer) Move(
        Rollout rollout, RolloutStatus from, RolloutStatus to, RolloutChange change, DateTimeOffset now) =>
        rollout.Status == to ? Same(rollout)
        : rollout.Status == from ? With(rollout with { Status = to, Reason = change.Reason ?? rollout.Reason }, now)
        : Refused(rollout.IsOpen ? RolloutResult.WrongStatus : RolloutResult.Over, rollout);

    private (DeploymentState Next, RolloutAnswer Answer) Advance(Rollout rollout, RolloutChange change, DateTimeOffset now)
    {
        if (rollout.Status is RolloutStatus.Completed && change.BasisPoints is null or RolloutShare.All)
        {
            return Refused(RolloutResult.AtTarget, rollout);
        }

        if (rollout.Status is not RolloutStatus.Active)
        {
            return Refused(rollout.IsOpen ? RolloutResult.WrongStatus : RolloutResult.Over, rollout);
        }

        if (change.BasisPoints is { } named)
        {
            return With(rollout with { BasisPoints = Math.Max(named, rollout.BasisPoints), Reason = change.Reason ?? rollout.Reason }, now);
        }

        if (now - rollout.AdvancedAt < RepeatedAdvance)
        {
            return Same(rollout);
        }

        return rollout.BasisPoints >= rollout.TargetBasisPoints
            ? Refused(RolloutResult.AtTarget, rollout)
            : With(
                rollout with
                {
                    BasisPoints = Math.Min(rollout.BasisPoints + rollout.StepBasisPoints, rollout.TargetBasisPoints),
                    AdvancedAt = now,
                    Reason = change.Reason ?? rollout.Reason,
                },
                now);
    }

    private (DeploymentState Next, RolloutAnswer Answer) Set(Rollout rollout, RolloutChange change, DateTimeOffset now)
    {
        if (!rollout.IsOpen)
        {
            return rollout.Status is RolloutStatus.Completed && change.BasisPoints == RolloutShare.All ? Same(rollout) : Refused(RolloutResult.Over, rollout);
        }

        var basisPoints = change.BasisPoints ?? rollout.BasisPoints;
        return With(
            rollout with { BasisPoints = basisPoints, TargetBasisPoints = Math.Max(rollout.TargetBasisPoints, basisPoints), Reason = change.Reason ?? rollout.Reason }, now);
    }
}
