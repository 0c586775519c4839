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
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        ref var valuesC = ref MemoryMarshal.GetReference(c.Values);
        ref var valuesD = ref MemoryMarshal.GetReference(d.Values);
        var (scaleA, scaleB, scaleC, scaleD) = (Vector256.Create(a.Scale), Vector256.Create(b.Scale), Vector256.Create(c.Scale), Vector256.Create(d.Scale));
        var (weightA, weightB, weightC, weightD) = (Vector256.Create(a.Weight), Vector256.Create(b.Weight), Vector256.Create(c.Weight), Vector256.Create(d.Weight));
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Get(ref low, ref middle, i);
            total += Term(ref valuesA, i, scaleA, weightA);
            total += Term(ref valuesB, i, scaleB, weightB);
            total += Term(ref valuesC, i, scaleC, weightC);
            total += Term(ref valuesD, i, scaleD, weightD);

            if (Put(ref low, ref middle, i, total))
            {
                Carry(sums, (int)i, total);
            }
        }

        FoldScalar.Add(sums.From(end), a.From(end), b.From(end), c.From(end), d.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b)
    {
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        var (scaleA, scaleB) = (Vector256.Create(a.Scale), Vector256.Create(b.Scale));
        var (weightA, weightB) = (Vector256.Create(a.Weight), Vector256.Create(b.Weight));
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Get(ref low, ref middle, i);
            total += Term(ref valuesA, i, scaleA, weightA);
            total += Term(ref valuesB, i, scaleB, weightB);

            if (Put(ref low, ref middle, i, total))
            {
                Carry(sums, (int)i, total);
            }
        }

        FoldScalar.Add(sums.From(end), a.From(end));
        FoldScalar.Add(sums.From(end), b.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a)
    {
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        ref var values = ref MemoryMarshal.GetReference(a.Values);
        var (scale, weight) = (Vector256.Create(a.Scale), Vector256.Create(a.Weight));
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Get(ref low, ref middle, i) + Term(ref values, i, scale, weight);

            if (Put(ref low, ref middle, i, total))
            {
                Carry(sums, (int)i, total);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> Get(ref uint low, ref short middle, nuint index)
    {
        var lows = Vector256.WidenLower(Vector256.Create(Vector128.LoadUnsafe(ref low, index), default)).AsInt64();
        var middles = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<long>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref middle, index)))).AsInt16());
        return (Vector256.WidenLower(Vector256.Create(middles, default)) << 32) | lows;
    }

    // True where a total is wider than the two planes: hardly ever.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Put(ref uint low, ref short middle, nuint index, Vector256<long> total)
    {
        var halves = Vector256.Shuffle(total.AsUInt32(), Vector256.Create(0u, 2, 4, 6, 1, 3, 5, 7));
        halves.GetLower().StoreUnsafe(ref low, index);
        var middles = Vector128.Narrow(halves.GetUpper().AsInt32(), default);
        Unsafe.WriteUnaligned(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref middle, index)), middles.AsInt64().ToScalar());
        return Vector256.GreaterThanAny((total + Vector256.Create(1L << 47)).AsUInt64(), Vector256.Create((1UL << 48) - 1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Carry(SumPlanes sums, int index, Vector256<long> total)
    {
        for (var i = 0; i < Width; i++)
        {
            if (SumPlanes.IsWide(total[i]))
            {
                sums.Carry(index + i, total[i]);
            }
        }
    }
}
