using System.Collections.Immutable;
using Octomil.Devices;

namespace Octomil.Deployments;

/// <summary>The rules of one organization's deployments, by model.</summary>
[GenerateSerializer, Immutable, Alias("octomil.version-rules-state")]
internal sealed record VersionRulesState
{
    [Id(0)] public ImmutableSortedDictionary<string, VersionRule> Rules { get; init; } = ImmutableSortedDictionary<string, VersionRule>.Empty;

    /// <summary>The same where the model has a newer rule, or this one.</summary>
    public VersionRulesState Put(VersionRule rule) =>
        Rules.GetValueOrDefault(rule.ModelId) is { } known && known.Generation >= rule.Generation ? this : this with { Rules = Rules.SetItem(rule.ModelId, rule) };
}

internal sealed class VersionRulesGrain(
    [PersistentState("version-rules", StorageNames.Grains)] IPersistentState<VersionRulesState> store, DevicePush push) : Grain, IVersionRulesGrain
{
    public async Task PutAsync(VersionRule rule)
    {
        var before = store.State.Rules.GetValueOrDefault(rule.ModelId);
        var next = store.State.Put(rule);

        if (!ReferenceEquals(next, store.State))
        {
            await store.SaveAsync(next, this);
            push.TellVersions(this.GetPrimaryKeyString(), before, rule);
        }
    }

    public Task<ImmutableArray<VersionRule>> GetAsync() => Task.FromResult<ImmutableArray<VersionRule>>([.. store.State.Rules.Values]);
}
