using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// Four coordinates at a time without an instruction for double to int64: a whole number t with |t| at most 2^51 is added to
/// 1.5 * 2^52, where one unit of the last place is 1, and read from the bits.
/// </summary>
internal static class FoldVector256
{
    /// <summary>Plans with more bits than this are folded by <see cref="FoldScalar"/>.</summary>
    public const int MaxPrecisionBits = 51;

    private const int Width = 4;
    private const double Magic = 1.5 * (1L << 52);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<long> sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        ref var valuesC = ref MemoryMarshal.GetReference(c.Values);
        ref var valuesD = ref MemoryMarshal.GetReference(d.Values);
        var (scaleA, scaleB, scaleC, scaleD) = (Vector256.Create(a.Scale), Vector256.Create(b.Scale), Vector256.Create(c.Scale), Vector256.Create(d.Scale));
        var (weightA, weightB, weightC, weightD) = (Vector256.Create(a.Weight), Vector256.Create(b.Weight), Vector256.Create(c.Weight), Vector256.Create(d.Weight));
        var end = sums.Length & ~(Width - 1);
        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Vector256.LoadUnsafe(ref sum, i);
            total += Term(ref valuesA, i, scaleA, weightA);
            total += Term(ref valuesB, i, scaleB, weightB);
            total += Term(ref valuesC, i, scaleC, weightC);
            total += Term(ref valuesD, i, scaleD, weightD);
            total.StoreUnsafe(ref sum, i);
        }

        FoldScalar.Add(sums[end..], a.From(end), b.From(end), c.From(end), d.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<long> sums, FoldLane a, FoldLane b)
    {
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        var (scaleA, scaleB) = (Vector256.Create(a.Scale), Vector256.Create(b.Scale));
        var (weightA, weightB) = (Vector256.Create(a.Weight), Vector256.Create(b.Weight));
        var end = sums.Length & ~(Width - 1);
        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Vector256.LoadUnsafe(ref sum, i);
            total += Term(ref valuesA, i, scaleA, weightA);
            total += Term(ref valuesB, i, scaleB, weightB);
            total.StoreUnsafe(ref sum, i);
        }

        FoldScalar.Add(sums[end..], a.From(end));
        FoldScalar.Add(sums[end..], b.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(Span<long> sums, FoldLane a)
    {
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var values = ref MemoryMarshal.GetReference(a.Values);
        var (scale, weight) = (Vector256.Create(a.Scale), Vector256.Create(a.Weight));
        var end = sums.Length & ~(Width - 1);
        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Vector256.LoadUnsafe(ref sum, i) + Term(ref values, i, scale, weight);
            total.StoreUnsafe(ref sum, i);
        }

        FoldScalar.Add(sums[end..], a.From(end));
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
}
