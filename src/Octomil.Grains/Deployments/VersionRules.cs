using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Octomil.Deployments;

/// <remarks>A push that is lost costs the devices of this silo the time until what is known here is too old.</remarks>
internal sealed class VersionRules(IGrainFactory grains, TimeProvider clock) : IVersionRules
{
    private const int MostOrganizations = 10_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Entry> _organizations = new(StringComparer.Ordinal);

    public async ValueTask<ImmutableArray<VersionRule>> GetAsync(string organizationId)
    {
        var now = clock.GetUtcNow();

        if (_organizations.TryGetValue(organizationId, out var known) && now - known.ReadAt < Lifetime)
        {
            return known.Rules;
        }

        if (_organizations.Count >= MostOrganizations)
        {
            _organizations.Clear();
        }

        var read = await grains.GetVersionRules(organizationId).GetAsync();
        return _organizations.AddOrUpdate(
            organizationId, new Entry(read, now), (_, other) => new Entry(read.Aggregate(other.Rules, Newer), now)).Rules;
    }

    /// <summary>Takes what was pushed. An organization that nobody asked for here is not kept.</summary>
    public void Put(string organizationId, VersionRule rule)
    {
        while (_organizations.TryGetValue(organizationId, out var known)
            && !_organizations.TryUpdate(organizationId, known with { Rules = Newer(known.Rules, rule) }, known))
        {
        }
    }

    private static ImmutableArray<VersionRule> Newer(ImmutableArray<VersionRule> rules, VersionRule rule) =>
        rules.FirstOrDefault(known => known.ModelId == rule.ModelId) is not { } known ? rules.Add(rule)
        : known.Generation >= rule.Generation ? rules
        : rules.Replace(known, rule);

    private sealed record Entry(ImmutableArray<VersionRule> Rules, DateTimeOffset ReadAt);
}
