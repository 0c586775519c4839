using System.Collections.Immutable;
using Octomil.Experiments;

namespace Octomil.Deployments;

/// <remarks>
/// An experiment lies on top of the rollouts: they go on underneath, and touch the devices that it does not hold. A version that is taken back
/// from devices is taken back from all: the experiment that has it in an arm ends in the same transition.
/// </remarks>
internal sealed partial record DeploymentState
{
    [Id(6)] public ExperimentLayer? Experiment { get; init; }
    [Id(7)] public EndedExperiment? LastExperiment { get; init; }

    /// <summary>Every version that some device should run.</summary>
    public ImmutableSortedSet<string> InForce =>
    [
        .. Settled.Select(layer => layer.Version.Version), .. Open is { Status: not RolloutStatus.Pending } open ? [open.Version.Version] : Array.Empty<string>(),
        .. Experiment is { } experiment ? [experiment.Control.Version.Version, experiment.Treatment.Version.Version] : Array.Empty<string>(),
    ];

    /// <summary>Lets the experiment hold its devices. The same where another does, or where it has ended: it does not begin again.</summary>
    public DeploymentState RunExperiment(ExperimentLayer experiment) =>
        (Experiment ?? experiment).ExperimentId != experiment.ExperimentId || LastExperiment?.ExperimentId == experiment.ExperimentId || Experiment == experiment
            ? this
            : this with { Experiment = experiment, Generation = Generation + 1 };

    /// <summary>Lets the experiment's devices go; the same where it holds none.</summary>
    /// <param name="id">The experiment's id.</param>
    /// <param name="now">The time.</param>
    /// <param name="reason">Why, where the service ends it by itself.</param>
    /// <param name="promoted">The version that it ended with.</param>
    public DeploymentState EndExperiment(string id, DateTimeOffset now, string? reason = null, string? promoted = null) =>
        Experiment is { } ended && ended.ExperimentId == id
            ? this with
            {
                Experiment = null,
                LastExperiment = new EndedExperiment { ExperimentId = id, At = now, Reason = reason, Promoted = promoted },
                Settled = WithControlOf(ended),
                Generation = Generation + 1,
            }
            : this;

    /// <summary>Ends the experiment and brings its version to all devices, or changes nothing.</summary>
    public (DeploymentState Next, RolloutAnswer Answer) Promote(DeployOrder order, DeployedVersion version, string id, DateTimeOffset now)
    {
        var own = Experiment?.ExperimentId == order.EndsExperiment ? Experiment : null;

        if (Open is { } other && other.Version.Version == version.Version && other.Group != order.Group)
        {
            return Refused(RolloutResult.OtherGroup, other);
        }

        // A rollout of the arm that lost is rolled back; one of a third version is somebody's who knows nothing of the experiment.
        if (Open is { } third && third.Version.Version != version.Version && own?.Has(third.Version.Version) is not true)
        {
            return Refused(RolloutResult.OtherRolloutOpen, third);
        }

        var ended = EndExperiment(order.EndsExperiment!, now, promoted: version.Version);
        var resumed = ended.Open is { Status: RolloutStatus.Paused } open && open.Version.Version == version.Version
            ? ended.Change(open.Id, new RolloutChange { Command = RolloutCommand.Resume }, now).Next
            : ended;
        var (next, answer) = resumed.Deploy(order, version, id, now);
        return answer.Result is RolloutResult.Done ? (next, answer) : (this, answer);
    }

    // What a rollout left stays with the rollout; else it is what an experiment left.
    private bool IsOfARollout(VersionLayer layer) => Find(layer.RolloutId) is not null;

    private DeploymentState WithoutExperimentOf(Rollout takenBack) => Experiment is { } experiment && experiment.Has(takenBack.Version.Version)
        ? EndExperiment(experiment.ExperimentId, takenBack.EndedAt!.Value, $"Ended by itself: version {takenBack.Version.Version}, which it compares, was rolled back.")
        : this;

    // Where no rollout says what the devices run, the control is what they go back to. The layer tells them apart as the experiment did,
    // and lies beneath whatever was deployed, above the layers of earlier experiments.
    private ImmutableArray<VersionLayer> WithControlOf(ExperimentLayer ended)
    {
        if (Settled.Any(layer => IsOfARollout(layer) && (layer.Group is null || layer.Group == ended.Group)))
        {
            return Settled;
        }

        var control = new VersionLayer
        {
            RolloutId = ended.ExperimentId, Version = ended.Control.Version, Group = ended.Group, BasisPoints = ended.TrafficBasisPoints,
        };
        return Settled.Insert(Settled.Count(IsOfARollout), control);
    }
}
