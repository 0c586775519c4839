using System.Collections.Immutable;

namespace Octomil.Devices;

/// <summary>
/// Ready devices in compact arrays, one for each group and one for all, so that counting is O(1) and drawing k is O(k): a partial
/// Fisher-Yates shuffle moves the drawn to the front. Not thread-safe: it lives in one grain.
/// </summary>
internal sealed class ReadySet
{
    private readonly Dictionary<string, Entry> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IndexedSet> _groups = new(StringComparer.Ordinal);
    private readonly IndexedSet _all = new();

    public int Count(string? group) => Members(group)?.Count ?? 0;

    public void Put(ReadyDevice device, DateTimeOffset now)
    {
        if (_devices.TryGetValue(device.Id, out var known))
        {
            foreach (var group in known.Groups.Except(device.Groups))
            {
                _groups[group].Remove(device.Id);
            }
        }

        _devices[device.Id] = new Entry(device.Groups, device.ConnectedTo, now);
        _all.Add(device.Id);

        foreach (var group in device.Groups)
        {
            if (!_groups.TryGetValue(group, out var members))
            {
                _groups[group] = members = new IndexedSet();
            }

            members.Add(device.Id);
        }
    }

    /// <summary>The connection is gone; the device counts as recently seen from now.</summary>
    public void Disconnect(string deviceId, SiloAddress from, DateTimeOffset now)
    {
        if (_devices.TryGetValue(deviceId, out var entry) && entry.ConnectedTo is { } silo && silo.Equals(from))
        {
            _devices[deviceId] = entry with { ConnectedTo = null, SeenAt = now };
        }
    }

    /// <summary>Takes out devices that were last seen before <paramref name="oldest"/> and are not connected.</summary>
    public void Expire(DateTimeOffset oldest)
    {
        foreach (var (id, entry) in _devices.Where(pair => pair.Value.ConnectedTo is null && pair.Value.SeenAt < oldest).ToList())
        {
            Remove(id, entry);
        }
    }

    public ImmutableArray<DrawnDevice> Draw(string? group, int count, Random random)
    {
        if (Members(group) is not { } members)
        {
            return [];
        }

        return [.. members.Draw(Math.Min(count, members.Count), random).Select(id => new DrawnDevice { Id = id, ConnectedTo = _devices[id].ConnectedTo })];
    }

    public void Remove(string deviceId)
    {
        if (_devices.TryGetValue(deviceId, out var entry))
        {
            Remove(deviceId, entry);
        }
    }

    public DrawnDevice? Find(string deviceId) =>
        _devices.TryGetValue(deviceId, out var entry) ? new DrawnDevice { Id = deviceId, ConnectedTo = entry.ConnectedTo } : null;

    private IndexedSet? Members(string? group) => group is null ? _all : _groups.GetValueOrDefault(group);

    private void Remove(string id, Entry entry)
    {
        _devices.Remove(id);
        _all.Remove(id);

        foreach (var group in entry.Groups)
        {
            _groups[group].Remove(id);
        }
    }

    private sealed record Entry(ImmutableSortedSet<string> Groups, SiloAddress? ConnectedTo, DateTimeOffset SeenAt);
}
