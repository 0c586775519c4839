using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// Sixteen coordinates at a time: AVX-512 DQ converts double to int64 with truncation and multiplies int64 in one instruction each;
/// what is added is split into halves of 32 bits, as the planes of the sums are.
/// </summary>
internal static unsafe class FoldAvx512
{
    private const int Width = 16;
    private const int HalfWidth = Width / 2;

    // A page: the processor's own prefetching ends where a page does.
    private const int BytesAhead = 4096;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        ref var valuesA = ref MemoryMarshal.GetReference(a.Values);
        ref var valuesB = ref MemoryMarshal.GetReference(b.Values);
        ref var valuesC = ref MemoryMarshal.GetReference(c.Values);
        ref var valuesD = ref MemoryMarshal.GetReference(d.Values);
        var (scaleA, scaleB, scaleC, scaleD) = (Vector512.Create(a.Scale), Vector512.Create(b.Scale), Vector512.Create(c.Scale), Vector512.Create(d.Scale));
        var (weightA, weightB, weightC, weightD) = (Vector512.Create(a.Weight), Vector512.Create(b.Weight), Vector512.Create(c.Weight), Vector512.Create(d.Weight));
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            Prefetch(ref valuesA, i);
            Prefetch(ref valuesB, i);
            Prefetch(ref valuesC, i);
            Prefetch(ref valuesD, i);
            Prefetch(ref low, i);
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
        var (scaleA, scaleB) = (Vector512.Create(a.Scale), Vector512.Create(b.Scale));
        var (weightA, weightB) = (Vector512.Create(a.Weight), Vector512.Create(b.Weight));
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            Prefetch(ref valuesA, i);
            Prefetch(ref valuesB, i);
            Prefetch(ref low, i);
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
        var (scale, weight) = (Vector512.Create(a.Scale), Vector512.Create(a.Weight));
        ref var low = ref MemoryMarshal.GetReference(sums.Low);
        ref var middle = ref MemoryMarshal.GetReference(sums.Middle);
        var end = sums.Length & ~(Width - 1);

        for (nuint i = 0; i < (nuint)end; i += Width)
        {
            Prefetch(ref values, i);
            Prefetch(ref low, i);
            var middles = AddTo(
                ref low, ref middle, i, Term(ref values, i, scale, weight), Term(ref values, i + HalfWidth, scale, weight));

            if (IsWide(middles))
            {
                Carry(sums, i, middles);
            }
        }

        FoldScalar.Add(sums.From(end), a.From(end));
    }

    // A hint: an address beyond the end, or one that the collector has moved, does no harm.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<T>(ref T first, nuint index)
        where T : unmanaged => Sse.Prefetch0((byte*)Unsafe.AsPointer(ref Unsafe.Add(ref first, index)) + BytesAhead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Term(ref float values, nuint index, Vector512<double> scale, Vector512<long> weight)
    {
        var scaled = Avx512F.ConvertToVector512Double(Vector256.LoadUnsafe(ref values, index)) * scale;
        return Avx512DQ.MultiplyLow(Avx512DQ.ConvertToVector512Int64WithTruncation(scaled), weight);
    }

    // The middles before they are cut to a byte.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> AddTo(ref uint low, ref sbyte middle, nuint index, Vector512<long> first, Vector512<long> second)
    {
        var evens = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        var added = Avx512F.PermuteVar16x32x2(first.AsInt32(), evens, second.AsInt32()).AsUInt32();
        var lows = Vector512.LoadUnsafe(ref low, index) + added;
        lows.StoreUnsafe(ref low, index);

        // A sum of unsigned numbers that is below one of them has overflowed; true is -1.
        var middles = Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref middle, index))
            + Avx512F.PermuteVar16x32x2(first.AsInt32(), evens + Vector512<int>.One, second.AsInt32())
            - Vector512.LessThan(lows, added).AsInt32();
        Avx512F.ConvertToVector128SByte(middles).StoreUnsafe(ref middle, index);
        return middles;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWide(Vector512<int> middles) =>
        Vector512.GreaterThanAny((middles + Vector512.Create(SumPlanes.HalfOfMiddle)).AsUInt32(), Vector512.Create((2u * SumPlanes.HalfOfMiddle) - 1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Carry(SumPlanes sums, nuint index, Vector512<int> middles)
    {
        ref var high = ref MemoryMarshal.GetReference(sums.High);
        var carried = Vector512.ShiftRightArithmetic(middles + Vector512.Create(SumPlanes.HalfOfMiddle), SumPlanes.MiddleBits);
        (Vector512.LoadUnsafe(ref high, index) + carried).StoreUnsafe(ref high, index);
        sums.MarkHigh();
    }
}
