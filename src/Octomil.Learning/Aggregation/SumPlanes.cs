namespace Octomil.Learning.Aggregation;

/// <summary>A range of <see cref="ExactSums"/>: sum = high * 2^40 + middle * 2^32 + low.</summary>
internal readonly ref struct SumPlanes
{
    public const int LowBits = 32;
    public const int MiddleBits = 8;
    public const int HalfOfMiddle = 1 << (MiddleBits - 1);

    public readonly Span<uint> Low;
    public readonly Span<sbyte> Middle;
    public readonly Span<int> High;
    private readonly ref bool _hasHigh;

    public SumPlanes(Span<uint> low, Span<sbyte> middle, Span<int> high, ref bool hasHigh)
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

    public void Add(int index, long term)
    {
        var total = ((long)Middle[index] << LowBits) + Low[index] + term;
        var middle = total >> LowBits;
        (Low[index], Middle[index]) = ((uint)total, (sbyte)middle);

        // What the byte does not hold.
        if ((middle + HalfOfMiddle) >> MiddleBits is var carried && carried != 0)
        {
            High[index] += (int)carried;
            MarkHigh();
        }
    }

    /// <summary>The third plane holds something.</summary>
    public void MarkHigh() => _hasHigh = true;
}
