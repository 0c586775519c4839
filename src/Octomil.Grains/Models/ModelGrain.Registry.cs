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
        var organizations = federations.SelectMany(federation => federation?.Members ?? []).Select(member => member.OrganizationId).Append(snapshot.OwnerId);
        var deployed = await Task.WhenAll(organizations.Distinct(StringComparer.Ordinal).Select(organization => IsDeployedAsync(organization, version)));
        return deployed.Contains(true) ? store.State.UsesOf(version).Add("devices run it, or would go back to it") : store.State.UsesOf(version);
    }

    private async Task<bool> IsDeployedAsync(string organizationId, string version) => (await grains.GetDeployment(organizationId, Id).GetAsync()).Rollouts.Any(
        rollout => rollout.Status is not RolloutStatus.RolledBack && (rollout.Version.Version == version || (rollout.IsOpen && rollout.Previous?.Version == version)));

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
