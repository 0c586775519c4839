using System.Runtime.CompilerServices;

namespace Octomil.Learning.Aggregation;

/// <summary>A range of <see cref="ExactSums"/>: sum = high * 2^48 + middle * 2^32 + low.</summary>
internal readonly ref struct SumPlanes
{
    private const long HalfOfLow = 1L << 47;
    private const int LowBits = 48;

    public readonly Span<uint> Low;
    public readonly Span<short> Middle;
    public readonly Span<short> High;
    private readonly ref bool _hasHigh;

    public SumPlanes(Span<uint> low, Span<short> middle, Span<short> high, ref bool hasHigh)
    {
        Low = low;
        Middle = middle;
        High = high;
        _hasHigh = ref hasHigh;
    }

    public int Length => Low.Length;

    public SumPlanes Slice(int start, int length) =>
        new(Low.Slice(start, length), Middle.Slice(start, length), High.Slice(start, length), ref _hasHigh);

    public SumPlanes From(int start) => Slice(start, Length - start);

    /// <summary>The sum without what the third plane has of it: what is added to it and given to <see cref="Put"/>.</summary>
    public long Get(int index) => ((long)Middle[index] << 32) | Low[index];

    public void Put(int index, long total)
    {
        (Low[index], Middle[index]) = ((uint)total, (short)(total >> 32));

        if (IsWide(total))
        {
            Carry(index, total);
        }
    }

    public static bool IsWide(long total) => (ulong)(total + HalfOfLow) >> LowBits != 0;

    /// <summary>Moves what 48 bits cannot hold of <paramref name="total"/> to the third plane.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Carry(int index, long total)
    {
        High[index] += (short)((total + HalfOfLow) >> LowBits);
        _hasHigh = true;
    }
}
