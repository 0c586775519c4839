using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octomil.Learning.Aggregation;

/// <summary>Integers back to numbers; see <see cref="ExactFold.Mean"/>.</summary>
internal static class FoldMean
{
    public static void Run(ReadOnlySpan<long> sums, double step, double denominator, Span<double> mean)
    {
        var i = Avx512DQ.IsSupported ? RunAvx512(sums, step, denominator, mean) : 0;
        for (; i < sums.Length; i++)
        {
            mean[i] = sums[i] * step / denominator;
        }
    }

    private static int RunAvx512(ReadOnlySpan<long> sums, double step, double denominator, Span<double> mean)
    {
        ref var from = ref MemoryMarshal.GetReference(sums);
        ref var to = ref MemoryMarshal.GetReference(mean);
        var (steps, denominators) = (Vector512.Create(step), Vector512.Create(denominator));
        var end = sums.Length & ~(Vector512<long>.Count - 1);
        for (nuint i = 0; i < (nuint)end; i += (nuint)Vector512<long>.Count)
        {
            var value = Avx512DQ.ConvertToVector512Double(Vector512.LoadUnsafe(ref from, i));
            (value * steps / denominators).StoreUnsafe(ref to, i);
        }

        return end;
    }
}
