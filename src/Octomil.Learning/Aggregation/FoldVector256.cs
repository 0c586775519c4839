using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// Eight coordinates at a time without an instruction for double to int64: a whole number t with |t| at most 2^51 is added to
/// 1.5 * 2^52, where one unit of the last place is 1, and read from the bits.
/// </summary>
internal static class FoldVector256
{
    /// <summary>Plans with more bits than this are folded by <see cref="FoldScalar"/>.</summary>
    public const int MaxPrecisionBits = 51;

    private const int Width = 8;
    private const int HalfWidth = Width / 2;
    private const double Magic = 1.5 * (1L << 52);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        ref var valuesC = ref MemoryMarshal.GetReference(c.Values);
        ref var valuesD = ref MemoryMarshal.GetReference(d.Values);
        var (scaleA, scaleB, scaleC, scaleD) = (Vector256.Create(a.Scale), Vector256.Create(b.Scale), Vector256.Create(c.Scale), Vector256.Create(d.Scale));
        var (weightA, weightB, weightC, weightD) = (Vector256.Create(a.Weight), Vector256.Create(b.Weight), Vector256.Create(c.Weight), Vector256.Create(d.Weight));
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var first = Term(ref valuesA, i, scaleA, weightA) + Term(ref valuesB, i, scaleB, weightB)
                + Term(ref valuesC, i, scaleC, weightC) + Term(ref valuesD, i, scaleD, weightD);
            var second = Term(ref valuesA, i + HalfWidth, scaleA, weightA) + Term(ref valuesB, i + HalfWidth, scaleB, weightB)
                + Term(ref valuesC, i + HalfWidth, scaleC, weightC) + Term(ref valuesD, i + HalfWidth, scaleD, weightD);
            var middles = AddTo(ref low, ref middle, i, first, second);

            if (IsWide(middles))
            {
                Carry(sums, i, middles);
            }
        }

        FoldScalar.Add(sums.From(end), a.From(end), b.From(end), c.From(end), d.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b)
    {
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        var (scaleA, scaleB) = (Vector256.Create(a.Scale), Vector256.Create(b.Scale));
        var (weightA, weightB) = (Vector256.Create(a.Weight), Vector256.Create(b.Weight));
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var first = Term(ref valuesA, i, scaleA, weightA) + Term(ref valuesB, i, scaleB, weightB);
            var second = Term(ref valuesA, i + HalfWidth, scaleA, weightA) + Term(ref valuesB, i + HalfWidth, scaleB, weightB);
            var middles = AddTo(ref low, ref middle, i, first, second);

            if (IsWide(middles))
            {
                Carry(sums, i, middles);
            }
        }

        FoldScalar.Add(sums.From(end), a.From(end));
        FoldScalar.Add(sums.From(end), b.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a)
    {
        ref var values = ref MemoryMarshal.GetReference(a.Values);
        var (scale, weight) = (Vector256.Create(a.Scale), Vector256.Create(a.Weight));
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var middles = AddTo(
                ref low, ref middle, i, Term(ref values, i, scale, weight), Term(ref values, i + HalfWidth, scale, weight));

            if (IsWide(middles))
            {
                Carry(sums, i, middles);
            }
        }

        FoldScalar.Add(sums.From(end), a.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> Term(ref float values, nuint index, Vector256<double> scale, Vector256<long> weight)
    {
        var single = Vector128.LoadUnsafe(ref values, index);
        var (low, high) = Vector128.Widen(single);
        var whole = Vector256.Truncate(Vector256.Create(low, high) * scale);
        var magic = Vector256.Create(Magic);
        return ((whole + magic).AsInt64() - magic.AsInt64()) * weight;
    }

    // The middles before they are cut to a byte.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> AddTo(ref uint low, ref sbyte middle, nuint index, Vector256<long> first, Vector256<long> second)
    {
        var added = Vector256.Narrow(first, second).AsUInt32();
        var lows = Vector256.LoadUnsafe(ref low, index) + added;
        lows.StoreUnsafe(ref low, index);

        // A sum of unsigned numbers that is below one of them has overflowed; true is -1.
        ref var bytes = ref Unsafe.As<sbyte, byte>(ref Unsafe.Add(ref middle, index));
        var words = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<long>(ref bytes)).AsSByte());
        var (first4, last4) = Vector128.Widen(words);
        var middles = Vector256.Create(first4, last4)
            + Vector256.Narrow(Vector256.ShiftRightLogical(first, 32), Vector256.ShiftRightLogical(second, 32))
            - Vector256.LessThan(lows, added).AsInt32();
        var cut = Vector128.Narrow(Vector128.Narrow(middles.GetLower(), middles.GetUpper()), default);
        Unsafe.WriteUnaligned(ref bytes, cut.AsInt64().ToScalar());
        return middles;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWide(Vector256<int> middles) =>
        Vector256.GreaterThanAny((middles + Vector256.Create(SumPlanes.HalfOfMiddle)).AsUInt32(), Vector256.Create((2u * SumPlanes.HalfOfMiddle) - 1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Carry(SumPlanes sums, nuint index, Vector256<int> middles)
    {
        ref var high = ref MemoryMarshal.GetReference(sums.High);
        var carried = Vector256.ShiftRightArithmetic(middles + Vector256.Create(SumPlanes.HalfOfMiddle), SumPlanes.MiddleBits);
        (Vector256.LoadUnsafe(ref high, index) + carried).StoreUnsafe(ref high, index);
        sums.MarkHigh();
    }
}
