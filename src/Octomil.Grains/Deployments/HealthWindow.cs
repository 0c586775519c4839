using System.Collections.Immutable;

namespace Octomil.Deployments;

/// <summary>What devices counted lately, by version, in slots of a twentieth of the window. Not thread-safe: it lives in one grain.</summary>
internal sealed class HealthWindow(TimeSpan window)
{
    private const int Slots = 20;
    private const int MostVersions = 16;

    private readonly Dictionary<string, SortedList<long, VersionCounts>> _versions = new(StringComparer.Ordinal);

    private long SlotTicks => Math.Max(1, window.Ticks / Slots);

    /// <param name="counted">What was counted.</param>
    /// <param name="now">The time.</param>
    /// <param name="watched">A decision may be made about the version: there is always room for it.</param>
    public void Add(CountedVersion counted, DateTimeOffset now, bool watched = false)
    {
        if (!_versions.TryGetValue(counted.Version, out var slots))
        {
            Drop(now);

            if (_versions.Count >= MostVersions)
            {
                if (!watched)
                {
                    // Sixteen versions at work at once: no decision is about this one.
                    return;
                }

                _versions.Remove(_versions.Keys.First());
            }

            _versions[counted.Version] = slots = [];
        }

        var slot = now.UtcTicks / SlotTicks;
        slots[slot] = slots.GetValueOrDefault(slot, VersionCounts.None).Plus(counted.Counts);
    }

    /// <summary>What was counted of the version within the window.</summary>
    public VersionCounts Of(string version, DateTimeOffset now)
    {
        Drop(now);
        return _versions.TryGetValue(version, out var slots) ? slots.Values.Aggregate(VersionCounts.None, (sum, slot) => sum.Plus(slot)) : VersionCounts.None;
    }

    /// <summary>Begins anew for a version: what it did before it was rolled out is not the rollout's.</summary>
    public void Forget(string version) => _versions.Remove(version);

    public ImmutableSortedDictionary<string, VersionCounts> All(DateTimeOffset now) =>
        _versions.Keys.ToList().Select(version => KeyValuePair.Create(version, Of(version, now))).Where(pair => pair.Value.Inferences > 0)
            .ToImmutableSortedDictionary(StringComparer.Ordinal);

    private void Drop(DateTimeOffset now)
    {
        var oldest = (now.UtcTicks - window.Ticks) / SlotTicks;

        foreach (var (version, slots) in _versions.ToList())
        {
            while (slots.Count > 0 && slots.Keys[0] <= oldest)
            {
                slots.RemoveAt(0);
            }

            if (slots.Count == 0)
            {
                _versions.Remove(version);
            }
        }
    }
}
