using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// Sorts every coordinate of a block over its rows, many coordinates at a time: a sorting network (Batcher's odd-even merge, Knuth,
/// volume 3, 5.2.2, algorithm M) compares the same rows whatever the values are, so vectors of coordinates go through it together.
/// </summary>
internal sealed class ColumnSort
{
    // So many coordinates of a thousand rows stay in the second cache.
    private const int Tile = 64;

    private readonly (int Low, int High)[] _comparisons;

    public ColumnSort(int rows) => _comparisons = [.. Comparisons(rows)];

    /// <summary>Afterwards row 0 holds the smallest value of every coordinate and the last row the largest. Values are finite.</summary>
    public void Run(UpdateBlock block)
    {
        for (var begin = 0; begin < block.Length; begin += Tile)
        {
            var count = Math.Min(Tile, block.Length - begin);
            foreach (var (low, high) in _comparisons)
            {
                Exchange(block[low].Slice(begin, count), block[high].Slice(begin, count));
            }
        }
    }

    private static IEnumerable<(int Low, int High)> Comparisons(int rows)
    {
        for (var p = 1; p < rows; p *= 2)
        {
            for (var k = p; k >= 1; k /= 2)
            {
                for (var low = k % p; low + k < rows; low += 2 * k)
                {
                    for (var i = low; i < Math.Min(low + k, rows - k); i++)
                    {
                        if (i / (2 * p) == (i + k) / (2 * p))
                        {
                            yield return (i, i + k);
                        }
                    }
                }
            }
        }
    }

    private static void Exchange(Span<double> low, Span<double> high)
    {
        ref var a = ref MemoryMarshal.GetReference(low);
        ref var b = ref MemoryMarshal.GetReference(high);
        var i = 0;
        for (; i + Vector512<double>.Count <= low.Length; i += Vector512<double>.Count)
        {
            var (x, y) = (Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref b, (nuint)i));
            Vector512.MinNative(x, y).StoreUnsafe(ref a, (nuint)i);
            Vector512.MaxNative(x, y).StoreUnsafe(ref b, (nuint)i);
        }

        for (; i < low.Length; i++)
        {
            (low[i], high[i]) = high[i] < low[i] ? (high[i], low[i]) : (low[i], high[i]);
        }
    }
}
