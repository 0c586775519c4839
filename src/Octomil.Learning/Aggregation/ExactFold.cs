using System.Numerics.Tensors;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// Sums updates as integers: q = (long)((double)value * scale) * weight with scale = factor / step, truncating. Integer addition is
/// associative, so the same inputs give the same bits in any order, grouping or split, and what was added can be subtracted again.
/// Nothing here allocates, but the overloads with threads.
/// </summary>
/// <remarks>
/// Values must be finite and within the plan (|value| * factor at most <see cref="FoldPlan.MaxMagnitude"/>), which
/// <see cref="Weights.UpdateReader"/> has checked; at most <see cref="FoldPlan.MaxUpdates"/> updates go into one sum.
/// </remarks>
public static class ExactFold
{
    // A multiple of a cache line of sums, so that two threads never write to one.
    private const int RangeGranularity = 1024;

    /// <summary>Adds the inputs, four in one pass over the sums.</summary>
    /// <param name="sums">One integer per coordinate, in units of <see cref="FoldPlan.Step"/>.</param>
    /// <exception cref="ArgumentException">An input has another length, or a factor or weight outside the plan.</exception>
    public static void Add(ExactSums sums, FoldPlan plan, ReadOnlySpan<FoldInput> inputs) =>
        Run(sums, plan, inputs, sign: 1, FoldKernel.Best);

    /// <summary>Adds the inputs on several threads of the pool.</summary>
    /// <inheritdoc cref="Add(ExactSums, FoldPlan, ReadOnlySpan{FoldInput})"/>
    /// <param name="degreeOfParallelism">How many threads, from 1.</param>
    public static void Add(ExactSums sums, FoldPlan plan, ReadOnlyMemory<FoldInput> inputs, int degreeOfParallelism) =>
        RunParallel(sums, plan, inputs, degreeOfParallelism, sign: 1);

    /// <summary>Takes inputs out again: the sums become what they were before these were added.</summary>
    /// <inheritdoc cref="Add(ExactSums, FoldPlan, ReadOnlySpan{FoldInput})"/>
    public static void Subtract(ExactSums sums, FoldPlan plan, ReadOnlySpan<FoldInput> inputs) =>
        Run(sums, plan, inputs, sign: -1, FoldKernel.Best);

    /// <summary>Takes inputs out on several threads of the pool.</summary>
    /// <inheritdoc cref="Add(ExactSums, FoldPlan, ReadOnlyMemory{FoldInput}, int)"/>
    public static void Subtract(ExactSums sums, FoldPlan plan, ReadOnlyMemory<FoldInput> inputs, int degreeOfParallelism) =>
        RunParallel(sums, plan, inputs, degreeOfParallelism, sign: -1);

    /// <summary>Adds the sums of another fold under the same plan.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Merge(Span<long> sums, ReadOnlySpan<long> other) => TensorPrimitives.Add(sums, SameLength(sums, other), sums);

    /// <summary>The aggregate: sum * step / denominator for every coordinate, each rounded as the scalar expression is.</summary>
    /// <param name="denominator">The sum of the weights, or the number of accepted updates; above 0 and finite.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the denominator is not above 0.</exception>
    public static void Mean(ReadOnlySpan<long> sums, FoldPlan plan, double denominator, Span<double> mean)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mean.Length, sums.Length);
        if (!double.IsFinite(denominator) || denominator <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(denominator), denominator, "The denominator must be above 0.");
        }

        FoldMean.Run(sums, plan.Step, denominator, mean);
    }

    /// <summary>Adds or subtracts with chosen instructions.</summary>
    internal static void Run(ExactSums sums, FoldPlan plan, ReadOnlySpan<FoldInput> inputs, int sign, FoldKernel kernel)
    {
        FoldPasses.Check(sums.Length, plan, inputs);
        new FoldPasses(plan, begin: 0, sign, kernel).Run(sums.Planes, inputs);
    }

    private static ReadOnlySpan<long> SameLength(ReadOnlySpan<long> sums, ReadOnlySpan<long> other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Length, sums.Length);
        return other;
    }

    private static void RunParallel(ExactSums sums, FoldPlan plan, ReadOnlyMemory<FoldInput> inputs, int degreeOfParallelism, int sign)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degreeOfParallelism, 1);
        FoldPasses.Check(sums.Length, plan, inputs.Span);
        var share = ((sums.Length / degreeOfParallelism) + RangeGranularity) / RangeGranularity * RangeGranularity;
        var options = new ParallelOptions { MaxDegreeOfParallelism = degreeOfParallelism };
        Parallel.For(0, degreeOfParallelism, options, index =>
        {
            var begin = (int)Math.Min((long)index * share, sums.Length);
            var length = Math.Min(share, sums.Length - begin);
            new FoldPasses(plan, begin, sign, FoldKernel.Best).Run(sums.Planes.Slice(begin, length), inputs.Span);
        });
    }
}
