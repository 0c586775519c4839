using System.Collections.Immutable;

namespace Octomil.Deployments;

internal sealed partial record DeploymentState
{
    /// <summary>Ends what is under way and brings a version (null: the last good one) back to the devices of the rollout that it ends.</summary>
    /// <param name="version">Where to.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="automatic">The service does it by itself.</param>
    /// <param name="id">Of the rollout that goes back.</param>
    /// <param name="now">The time.</param>
    public (DeploymentState Next, RolloutAnswer Answer) RollBack(DeployedVersion? version, string? reason, bool automatic, string id, DateTimeOffset now)
    {
        var subject = Subject;
        var to = version ?? subject?.Previous;

        if (subject is { IsRollback: true } && (version is null || version.Version == subject.Version.Version))
        {
            return Same(subject);
        }

        if (to is null)
        {
            return Refused(RolloutResult.NothingBefore, subject);
        }

        if (subject?.Version.Version == to.Version)
        {
            return subject.IsOpen ? Refused(RolloutResult.SameVersion, subject) : Same(subject);
        }

        var ended = subject is null ? this : Put(Ended(subject, reason, automatic, now));
        return ended.With(
            new Rollout
            {
                Id = id,
                Version = to,
                Status = RolloutStatus.Active,
                BasisPoints = RolloutShare.All,
                Group = subject?.Group,
                CreatedAt = now,
                StartedAt = now,
                Reason = reason,
                IsRollback = true,
                Automatic = automatic,
            },
            now);
    }

    /// <summary>Gives up an open rollout whose devices had no version before.</summary>
    public (DeploymentState Next, RolloutAnswer Answer) GiveUp(Rollout rollout, string reason, DateTimeOffset now) =>
        With(Ended(rollout, reason, automatic: true, now), now);

    private static Rollout Ended(Rollout rollout, string? reason, bool automatic, DateTimeOffset now) =>
        rollout with { Status = RolloutStatus.RolledBack, EndedAt = now, Reason = reason ?? rollout.Reason, Automatic = automatic };

    private static VersionLayer LayerOf(Rollout rollout) => new()
    {
        RolloutId = rollout.Id,
        Version = rollout.Version,
        Group = rollout.Group,
        BasisPoints = rollout.BasisPoints,
        Frozen = rollout.Status is RolloutStatus.Paused,
    };

    private (DeploymentState Next, RolloutAnswer Answer) Refused(RolloutResult result, Rollout? rollout) =>
        (this, new RolloutAnswer { Result = result, Rollout = rollout });

    private (DeploymentState Next, RolloutAnswer Answer) Same(Rollout rollout) => (this, new RolloutAnswer { Result = RolloutResult.Done, Rollout = rollout });

    // What the devices of the group (null: all) would run without a new rollout.
    private DeployedVersion? VersionBefore(string? group) => Settled.FirstOrDefault(layer => layer.Group is null || layer.Group == group)?.Version;

    private (DeploymentState Next, RolloutAnswer Answer) Delete(Rollout rollout, string? reason, DateTimeOffset now) => rollout.Status switch
    {
        RolloutStatus.Pending => (
            this with { Rollouts = Rollouts.Remove(rollout) },
            new RolloutAnswer { Result = RolloutResult.Done, Rollout = Ended(rollout, reason, automatic: false, now) }),
        RolloutStatus.Active or RolloutStatus.Paused => With(Ended(rollout, reason, automatic: false, now), now),
        RolloutStatus.RolledBack => Same(rollout),
        _ => Refused(RolloutResult.Over, rollout),
    };

    // The rollout as it is now. One that is for all of its devices is over: what it brought is settled.
    private (DeploymentState Next, RolloutAnswer Answer) With(Rollout rollout, DateTimeOffset now)
    {
        if (Find(rollout.Id) == rollout)
        {
            return Same(rollout);
        }

        var completes = rollout is { Status: RolloutStatus.Active, BasisPoints: RolloutShare.All };
        rollout = completes ? rollout with { Status = RolloutStatus.Completed, EndedAt = now } : rollout;
        var next = Put(rollout) with { Generation = Generation + 1 };
        next = completes ? next with { Settled = Settle(rollout) } : next;
        return (next.WithoutTheOldest(), new RolloutAnswer { Result = RolloutResult.Done, Rollout = rollout });
    }

    private DeploymentState Put(Rollout rollout)
    {
        var known = Find(rollout.Id);
        var next = this with { Rollouts = known is null ? Rollouts.Add(rollout) : Rollouts.Replace(known, rollout) };
        return rollout.Status is RolloutStatus.RolledBack ? next.WithoutExperimentOf(rollout) : next;
    }

    // A version for all devices takes the place of every other; one for a group that of the group's. Going back to what lies below
    // an open rollout leaves the groups' own versions alone.
    private ImmutableArray<VersionLayer> Settle(Rollout rollout) =>
        rollout.IsRollback && Settled.FirstOrDefault(layer => layer.Group == rollout.Group) is { } below && below.Version == rollout.Version
            ? Settled.Replace(below, LayerOf(rollout))
            : [LayerOf(rollout), .. Settled.Where(layer => rollout.Group is not null && layer.Group != rollout.Group)];

    private DeploymentState WithoutTheOldest()
    {
        if (Rollouts.Length <= MostRollouts)
        {
            return this;
        }

        var kept = Settled.Select(layer => layer.RolloutId).ToHashSet(StringComparer.Ordinal);
        var oldest = Rollouts.FirstOrDefault(rollout => !rollout.IsOpen && !kept.Contains(rollout.Id));
        return oldest is null ? this : this with { Rollouts = Rollouts.Remove(oldest) };
    }
}
