using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>
/// The median of every coordinate; of an even number the mean of the two in the middle (Yin et al. 2018, "Byzantine-Robust Distributed
/// Learning: Towards Optimal Statistical Rates", definition 1). Holds while less than half of the updates are bad.
/// </summary>
public sealed class MedianRule : IUpdateRule
{
    public int MinUpdates => 1;

    public IUpdatePass Begin(IReadOnlyList<double> weights)
    {
        UpdateRules.Check("fedmedian", MinUpdates, weights);
        return new SortedMeanPass(weights.Count, skip: (weights.Count - 1) / 2);
    }

    /// <summary>The median of bucket means, for rules that keep a sum for each bucket.</summary>
    /// <param name="means">One row for each bucket; they are changed.</param>
    public static void OfBuckets(UpdateBlock means, Span<double> aggregate) =>
        new SortedMeanPass(means.Rows, (means.Rows - 1) / 2).Visit(means, aggregate, []);
}

/// <summary>
/// The mean of every coordinate without its floor(beta n) smallest and as many largest values (Yin et al. 2018, definition 2). Holds while at
/// most so many updates are bad.
/// </summary>
/// <param name="beta">The share that is cut on each side, from 0 to below 1/2.</param>
public sealed class TrimmedMeanRule(double beta) : IUpdateRule
{
    public int MinUpdates => 1;

    public IUpdatePass Begin(IReadOnlyList<double> weights)
    {
        UpdateRules.Check("fedtrimmedavg", MinUpdates, weights);
        return beta is >= 0 and < 0.5
            ? new SortedMeanPass(weights.Count, (int)Math.Floor(beta * weights.Count))
            : throw new StrategyException("The parameter 'beta' of 'fedtrimmedavg' must be a number from 0 to below 0.5: it is cut on both sides.");
    }
}

/// <summary>Sorts every coordinate and takes the mean of what is left when as many values are skipped at both ends.</summary>
internal sealed class SortedMeanPass(int updates, int skip) : IUpdatePass
{
    private readonly ColumnSort _sort = new(updates);

    public IReadOnlyList<int>? Chosen => null;

    public int Scalars => 0;

    public void Visit(UpdateBlock block, Span<double> vector, Span<double> scalars)
    {
        _sort.Run(block);
        vector.Clear();
        for (var row = skip; row < block.Rows - skip; row++)
        {
            block.AddRow(row, 1, vector);
        }

        var left = block.Rows - (2 * skip);
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] /= left;
        }
    }

    public IUpdatePass? Next(ReadOnlySpan<double> scalars) => null;
}
