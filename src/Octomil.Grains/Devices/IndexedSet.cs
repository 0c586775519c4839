namespace Octomil.Devices;

/// <summary>A set of texts that can be drawn from: membership by hash, order by position.</summary>
internal sealed class IndexedSet
{
    private readonly List<string> _items = [];
    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);

    public int Count => _items.Count;

    public void Add(string item)
    {
        if (_positions.TryAdd(item, _items.Count))
        {
            _items.Add(item);
        }
    }

    public void Remove(string item)
    {
        if (!_positions.Remove(item, out var position))
        {
            return;
        }

        var last = _items[^1];
        _items.RemoveAt(_items.Count - 1);

        if (position < _items.Count)
        {
            _items[position] = last;
            _positions[last] = position;
        }
    }

    /// <summary>A uniform draw of <paramref name="count"/> distinct items; the order of the set changes.</summary>
    public IEnumerable<string> Draw(int count, Random random)
    {
        for (var i = 0; i < count; i++)
        {
            var other = random.Next(i, _items.Count);
            (_items[i], _items[other]) = (_items[other], _items[i]);
            _positions[_items[i]] = i;
            _positions[_items[other]] = other;
        }

        return _items.Take(count);
    }
}
