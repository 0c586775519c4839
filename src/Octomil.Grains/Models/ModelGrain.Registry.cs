using System.Collections.Immutable;
using Octomil.Deployments;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>What is said of versions after their release.</summary>
internal sealed partial class ModelGrain
{
    public Task<VersionChange> SetAliasAsync(string callerId, string alias, string? version) =>
        ChangeAsync(callerId, state => state.SetAlias(alias, version));

    public Task<VersionChange> DeprecateAsync(string callerId, string version, string? reason) =>
        ChangeAsync(callerId, state => state.Deprecate(version, reason, clock.GetUtcNow()));

    public async Task<VersionChange> DeleteVersionAsync(string callerId, string version)
    {
        ImmutableArray<string> uses = IsOwner(callerId) ? await FindUsesAsync(version) : [];
        return await ChangeAsync(callerId, state => state.Delete(version, uses));
    }

    public async Task<WeightsRef?> AddFormatAsync(string callerId, string version, string format, WeightsRef file)
    {
        if (!store.State.Exists || !await MayReadAsync(callerId))
        {
            return null;
        }

        var (next, kept) = store.State.AddFormat(version, format, file);
        await store.SaveAsync(next, this);
        return kept;
    }

    /// <summary>
    /// What uses a version, in words that follow "Version 1.0.0 cannot be deleted: ". The one place that is asked before a version is
    /// deleted: whoever lets versions be used elsewhere is asked here.
    /// </summary>
    private async Task<ImmutableArray<string>> FindUsesAsync(string version)
    {
        var snapshot = store.State.ToSnapshot(Id);
        var federations = await Task.WhenAll(snapshot.Federations.Select(federation => grains.GetFederation(federation).GetAsync(snapshot.OwnerId)));
        string[] organizations =
            [.. federations.SelectMany(federation => federation?.Members ?? []).Select(member => member.OrganizationId).Append(snapshot.OwnerId).Distinct(StringComparer.Ordinal)];
        var deployed = await Task.WhenAll(organizations.Select(organization => IsDeployedAsync(organization, version)));
        var compared = await Task.WhenAll(organizations.Select(organization => FindExperimentUseAsync(organization, version)));
        return
        [
            .. store.State.UsesOf(version),
            .. deployed.Contains(true) ? ["devices run it, or would go back to it"] : Array.Empty<string>(),
            .. compared.OfType<string>().Distinct(StringComparer.Ordinal),
        ];
    }

    private async Task<bool> IsDeployedAsync(string organizationId, string version)
    {
        var deployment = await grains.GetDeployment(organizationId, Id).GetAsync();
        return deployment.InForce.Contains(version) || deployment.Rollouts.Any(
            rollout => rollout.Status is not RolloutStatus.RolledBack && (rollout.Version.Version == version || (rollout.IsOpen && rollout.Previous?.Version == version)));
    }

    // One that is over needs its versions no more.
    private async Task<string?> FindExperimentUseAsync(string organizationId, string version)
    {
        foreach (var listed in (await grains.GetExperimentList(organizationId).GetAsync()).Where(listed => listed.ModelId == Id))
        {
            if (await grains.GetExperiment(listed.Id).GetAsync(organizationId) is { IsOpen: true } experiment && experiment.Layer.Has(version))
            {
                // Of what another organization tries out, no more than that.
                return IsOwner(organizationId) ? $"the experiment '{experiment.Order.Name}' compares it" : "an experiment of another organization compares it";
            }
        }

        return null;
    }

    private async Task<VersionChange> ChangeAsync(string callerId, Func<ModelState, (ModelState Next, VersionChange Change)> change)
    {
        if (!IsOwner(callerId))
        {
            var isSeen = store.State.Exists && await MayReadAsync(callerId);
            return new VersionChange { Result = isSeen ? VersionChangeResult.NotOwner : VersionChangeResult.ModelNotFound };
        }

        var (next, result) = change(store.State);
        await store.SaveAsync(next, this);
        return result;
    }
}
