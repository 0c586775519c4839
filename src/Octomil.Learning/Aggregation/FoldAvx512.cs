using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octomil.Learning.Aggregation;

/// <summary>Eight coordinates at a time: AVX-512 DQ converts double to int64 with truncation and multiplies int64 in one instruction each.</summary>
internal static class FoldAvx512
{
    private const int Width = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        ref var valuesC = ref MemoryMarshal.GetReference(c.Values);
        ref var valuesD = ref MemoryMarshal.GetReference(d.Values);
        var (scaleA, scaleB, scaleC, scaleD) = (Vector512.Create(a.Scale), Vector512.Create(b.Scale), Vector512.Create(c.Scale), Vector512.Create(d.Scale));
        var (weightA, weightB, weightC, weightD) = (Vector512.Create(a.Weight), Vector512.Create(b.Weight), Vector512.Create(c.Weight), Vector512.Create(d.Weight));
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
        var (scaleA, scaleB) = (Vector512.Create(a.Scale), Vector512.Create(b.Scale));
        var (weightA, weightB) = (Vector512.Create(a.Weight), Vector512.Create(b.Weight));
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
        var (scale, weight) = (Vector512.Create(a.Scale), Vector512.Create(a.Weight));
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
    private static Vector512<long> Term(ref float values, nuint index, Vector512<double> scale, Vector512<long> weight)
    {
        var scaled = Avx512F.ConvertToVector512Double(Vector256.LoadUnsafe(ref values, index)) * scale;
        return Avx512DQ.MultiplyLow(Avx512DQ.ConvertToVector512Int64WithTruncation(scaled), weight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Get(ref uint low, ref short middle, nuint index) =>
        (Avx512F.ConvertToVector512Int64(Vector128.LoadUnsafe(ref middle, index)) << 32)
        | Avx512F.ConvertToVector512Int64(Vector256.LoadUnsafe(ref low, index));

    // True where a total is wider than the two planes: hardly ever.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Put(ref uint low, ref short middle, nuint index, Vector512<long> total)
    {
        Avx512F.ConvertToVector256UInt32(total).StoreUnsafe(ref low, index);
        Avx512F.ConvertToVector128Int16(Vector512.ShiftRightArithmetic(total, 32)).StoreUnsafe(ref middle, index);
        return Vector512.GreaterThanAny((total + Vector512.Create(1L << 47)).AsUInt64(), Vector512.Create((1UL << 48) - 1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Carry(SumPlanes sums, int index, Vector512<long> total)
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
