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
    public static void Add(Span<long> sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        ref var valuesC = ref MemoryMarshal.GetReference(c.Values);
        ref var valuesD = ref MemoryMarshal.GetReference(d.Values);
        var (scaleA, scaleB, scaleC, scaleD) = (Vector512.Create(a.Scale), Vector512.Create(b.Scale), Vector512.Create(c.Scale), Vector512.Create(d.Scale));
        var (weightA, weightB, weightC, weightD) = (Vector512.Create(a.Weight), Vector512.Create(b.Weight), Vector512.Create(c.Weight), Vector512.Create(d.Weight));
        var end = sums.Length & ~(Width - 1);
        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Vector512.LoadUnsafe(ref sum, i);
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
        var (scaleA, scaleB) = (Vector512.Create(a.Scale), Vector512.Create(b.Scale));
        var (weightA, weightB) = (Vector512.Create(a.Weight), Vector512.Create(b.Weight));
        var end = sums.Length & ~(Width - 1);
        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Vector512.LoadUnsafe(ref sum, i);
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
        var (scale, weight) = (Vector512.Create(a.Scale), Vector512.Create(a.Weight));
        var end = sums.Length & ~(Width - 1);
        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            var total = Vector512.LoadUnsafe(ref sum, i) + Term(ref values, i, scale, weight);
            total.StoreUnsafe(ref sum, i);
        }

        FoldScalar.Add(sums[end..], a.From(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Term(ref float values, nuint index, Vector512<double> scale, Vector512<long> weight)
    {
        var scaled = Avx512F.ConvertToVector512Double(Vector256.LoadUnsafe(ref values, index)) * scale;
        return Avx512DQ.MultiplyLow(Avx512DQ.ConvertToVector512Int64WithTruncation(scaled), weight);
    }
}
