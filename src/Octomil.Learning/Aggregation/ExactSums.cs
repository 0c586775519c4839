using System.Numerics.Tensors;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// The integers that <see cref="ExactFold"/> adds to, one of 64 bits for each coordinate, in three planes: bits 0 to 31, bits 32 to 47
/// (signed), and what goes beyond. Real updates are far below the bounds of their plan, so that the third plane is hardly ever
/// touched: a pass moves 6 bytes a sum to and from memory instead of 8, and memory is what limits it.
/// </summary>
public sealed class ExactSums
{
    private const int LowBits = 48;

    private readonly Memory<uint> _low;
    private readonly Memory<short> _middle;
    private readonly Memory<short> _high;
    private bool _hasHigh;

    /// <summary>Zeroed sums in memory of their own.</summary>
    public ExactSums(int length)
        : this(new uint[length], new short[length], new short[length])
    {
    }

    /// <summary>Sums in the caller's memory, which holds zeros; fastest where each begins at a cache line.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public ExactSums(Memory<uint> low, Memory<short> middle, Memory<short> high)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(middle.Length, low.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(high.Length, low.Length);
        (_low, _middle, _high) = (low, middle, high);
    }

    /// <summary>How many sums.</summary>
    public int Length => _low.Length;

    /// <summary>The fewest bytes, of those that are worth telling apart, that hold each of the sums: 5, 6 or 8.</summary>
    public int SignificantBytes
    {
        get
        {
            var middle = _middle.Span;
            return _hasHigh ? sizeof(long) : middle.IsEmpty || (TensorPrimitives.Min<short>(middle) >= sbyte.MinValue && TensorPrimitives.Max<short>(middle) <= sbyte.MaxValue) ? 5 : 6;
        }
    }

    internal SumPlanes Planes => new(_low.Span, _middle.Span, _high.Span, ref _hasHigh);

    /// <summary>Sets every sum to 0. Memory that was never written to is not touched.</summary>
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
            sums[i] = ((long)planes.Middle[i] << 32) | planes.Low[i];
        }

        for (var i = 0; _hasHigh && i < sums.Length; i++)
        {
            sums[i] += (long)planes.High[i] << LowBits;
        }
    }

    /// <summary>Sets the sums from <paramref name="offset"/> on, where they were 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They end before <paramref name="sums"/> does.</exception>
    public void Load(int offset, ReadOnlySpan<long> sums)
    {
        var planes = Planes.Slice(offset, sums.Length);

        for (var i = 0; i < sums.Length; i++)
        {
            planes.Put(i, sums[i]);
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
