using System.Collections.Immutable;
using Octomil.Experiments;
using Orleans.Concurrency;

namespace Octomil.Deployments;

/// <summary>
/// One model's versions on their way to one organization's own devices (key: see <see cref="GrainKeys.GetDeployment"/>). Whoever calls
/// speaks for that organization; the model may be another's, shared through a federation in which the organization is active.
/// At most one rollout is open at a time. Every change is saved before it is answered, and told to the devices after.
/// </summary>
[Alias("octomil.deployment")]
public interface IDeploymentGrain : IGrainWithStringKey
{
    /// <summary>
    /// Opens a rollout. Of the version that is rolling out: sets its percentage. Of another one while one is open: refused, unless it is
    /// an earlier version for all devices at once, which is a rollback.
    /// </summary>
    [Alias("deploy")]
    Task<RolloutAnswer> DeployAsync(DeployOrder order);

    /// <summary>Changes a rollout; the same again is the same.</summary>
    [Alias("change")]
    Task<RolloutAnswer> ChangeAsync(string rolloutId, RolloutChange change);

    /// <summary>
    /// Ends the open rollout and brings an earlier version (null: the last good one) to its devices at once. The same again is the same.
    /// </summary>
    [Alias("roll-back")]
    Task<RolloutAnswer> RollBackAsync(string? version, string? reason);

    /// <summary>
    /// Lets an experiment hold its devices, or changes how it does. Returns the experiment that holds devices then: this one, another that
    /// stands in the way, or none, because this one was ended.
    /// </summary>
    [Alias("run-experiment")]
    Task<ExperimentLayer?> RunExperimentAsync(string modelName, ExperimentLayer experiment);

    /// <summary>Lets the experiment's devices go, to what rollouts say; where they say nothing, to the control.</summary>
    [Alias("end-experiment")]
    Task EndExperimentAsync(string experimentId);

    [Alias("get"), AlwaysInterleave]
    Task<DeploymentSnapshot> GetAsync();

    /// <summary>Adds what devices counted. May roll back, by the organization's policy.</summary>
    [Alias("count")]
    Task CountAsync(ImmutableArray<CountedVersion> counted);
}

/// <summary>Which versions an organization's devices should run (key: <c>org_...</c>): the rules of all its deployments.</summary>
[Alias("octomil.version-rules")]
public interface IVersionRulesGrain : IGrainWithStringKey
{
    /// <summary>Takes a model's rule unless it has a newer one, and tells every silo of the change.</summary>
    [Alias("put")]
    Task PutAsync(VersionRule rule);

    [Alias("get"), AlwaysInterleave]
    Task<ImmutableArray<VersionRule>> GetAsync();
}
