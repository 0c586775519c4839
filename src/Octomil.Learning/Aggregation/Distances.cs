using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Aggregation;

/// <summary>Squared euclidean distances.</summary>
internal static class Distances
{
    /// <summary>||a - b||^2; computed from the differences, so that close vectors far from 0 lose nothing.</summary>
    public static double Squared(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Length, a.Length);
        ref var first = ref MemoryMarshal.GetReference(a);
        ref var second = ref MemoryMarshal.GetReference(b);
        var (sums, i) = (Vector512<double>.Zero, 0);
        for (; i + Vector512<double>.Count <= a.Length; i += Vector512<double>.Count)
        {
            var difference = Vector512.LoadUnsafe(ref first, (nuint)i) - Vector512.LoadUnsafe(ref second, (nuint)i);
            sums += difference * difference;
        }

        var sum = Vector512.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return sum;
    }
}
