namespace Octomil.Learning.Aggregation;

/// <summary>
/// The integers that <see cref="ExactFold"/> adds to, one of 64 bits for each coordinate, in three planes: bits 0 to 31, bits 32 to 39
/// (signed), and what goes beyond. Real updates are far below the bounds of their plan, so that the third plane is hardly ever
/// touched: a pass moves 5 bytes a sum to and from memory instead of 8, and memory is what limits it.
/// </summary>
public sealed class ExactSums
{
    private readonly Memory<uint> _low;
    private readonly Memory<sbyte> _middle;
    private readonly Memory<int> _high;
    private bool _hasHigh;

    /// <summary>Zeroed sums in memory of their own.</summary>
    public ExactSums(int length)
        : this(new uint[length], new sbyte[length], new int[length])
    {
    }

    /// <summary>Sums in the caller's memory, which holds zeros; fastest where each begins at a cache line.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public ExactSums(Memory<uint> low, Memory<sbyte> middle, Memory<int> high)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(middle.Length, low.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(high.Length, low.Length);
        (_low, _middle, _high) = (low, middle, high);
    }

    /// <summary>How many sums.</summary>
    public int Length => _low.Length;

    /// <summary>Bytes that hold each of the sums with its sign: 5, or 8 where one of them needs more.</summary>
    public int SignificantBytes => _hasHigh ? sizeof(long) : (SumPlanes.LowBits + SumPlanes.MiddleBits) / 8;

    internal SumPlanes Planes => new(_low.Span, _middle.Span, _high.Span, ref _hasHigh);

    /// <summary>Sets every sum to 0. Of the third plane, pages that were never written to stay untouched.</summary>
    public void Clear()
    {
        _low.Span.Clear();
        _middle.Span.Clear();

        if (_hasHigh)
        {
            _high.Span.Clear();
            _hasHigh = false;
        }
    }

    /// <summary>The sums from <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They end before <paramref name="sums"/> does.</exception>
    public void CopyTo(int offset, Span<long> sums)
    {
        var planes = Planes.Slice(offset, sums.Length);

        for (var i = 0; i < sums.Length; i++)
        {
            sums[i] = ((long)planes.Middle[i] << SumPlanes.LowBits) | planes.Low[i];
        }

        for (var i = 0; _hasHigh && i < sums.Length; i++)
        {
            sums[i] += (long)planes.High[i] << (SumPlanes.LowBits + SumPlanes.MiddleBits);
        }
    }

    /// <summary>Sets the sums from <paramref name="offset"/> on, where they were 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They end before <paramref name="sums"/> does.</exception>
    public void Load(int offset, ReadOnlySpan<long> sums)
    {
        var planes = Planes.Slice(offset, sums.Length);

        for (var i = 0; i < sums.Length; i++)
        {
            planes.Add(i, sums[i]);
        }
    }

    /// <summary>All of them, in new memory.</summary>
    public long[] ToArray()
    {
        var sums = new long[Length];
        CopyTo(0, sums);
        return sums;
    }
}
