using System.Runtime.CompilerServices;

namespace Octomil.Learning.Aggregation;

/// <summary>The fold one coordinate at a time: any machine, any plan, and the rest that does not fill a vector.</summary>
internal static class FoldScalar
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums.Add(i, a.Term(i) + b.Term(i) + c.Term(i) + d.Term(i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(SumPlanes sums, FoldLane a)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            sums.Add(i, a.Term(i));
        }
    }
}
