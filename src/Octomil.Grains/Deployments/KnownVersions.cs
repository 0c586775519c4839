using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Octomil.Deployments;

internal sealed class KnownVersions(IGrainFactory grains, TimeProvider clock) : IKnownVersions
{
    private const int MostModels = 10_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    // A version that is not known may have been made just now; somebody who asks for nonsense costs a call a second.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string OrganizationId, string ModelId), Entry> _models = new();

    public async ValueTask<bool> IsKnownAsync(string organizationId, string modelId, string version)
    {
        var now = clock.GetUtcNow();
        var key = (organizationId, modelId);

        if (_models.TryGetValue(key, out var known) && now - known.ReadAt < (known.Versions.Contains(version) ? Lifetime : AskAgain))
        {
            return known.Versions.Contains(version);
        }

        if (_models.Count >= MostModels)
        {
            _models.Clear();
        }

        var model = await grains.GetModel(modelId).GetAsync(organizationId);
        var read = new Entry(model?.Versions.Select(one => one.Version).ToImmutableHashSet(StringComparer.Ordinal) ?? [], now);
        _models[key] = read;
        return read.Versions.Contains(version);
    }

    private sealed record Entry(ImmutableHashSet<string> Versions, DateTimeOffset ReadAt);
}
