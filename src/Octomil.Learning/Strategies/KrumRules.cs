using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>
/// The update, or the mean of the m updates, with the smallest sums of squared distances to their n - f - 2 nearest (Blanchard et al. 2017,
/// "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent", section 4: Krum and Multi-Krum). Of equal ones the first of the cohort.
/// </summary>
/// <param name="bad">f: how many updates may be bad, from 0.</param>
/// <param name="taken">m, from 1; null: n - f.</param>
public sealed class KrumRule(int bad, int? taken = 1) : IUpdateRule
{
    public int MinUpdates => Math.Max((2 * bad) + 3, taken ?? 1);

    public IUpdatePass Begin(IReadOnlyList<double> weights)
    {
        UpdateRules.Check(taken == 1 ? "krum" : "multikrum", MinUpdates, weights);
        return new DistancePass(weights.Count, distances => new ChosenMeanPass(Select(distances)));
    }

    internal IReadOnlyList<int> Select(DistanceTable distances)
    {
        int[] all = [.. Enumerable.Range(0, distances.Updates)];
        return [.. all.OrderBy(update => distances.Score(update, all, bad)).Take(taken ?? (all.Length - bad))];
    }
}

/// <summary>
/// Chooses theta = n - 2f updates by repeated Krum, then for every coordinate takes the mean of the theta - 2f values nearest to their median
/// (El Mhamdi, Guerraoui and Rouault 2018, "The Hidden Vulnerability of Distributed Learning in Byzantium", section 4). Where
/// two score the same, which the last choice makes likely for f up to 2, the first of the cohort is taken.
/// </summary>
/// <param name="bad">f, from 0.</param>
public sealed class BulyanRule(int bad) : IUpdateRule
{
    public int MinUpdates => (4 * bad) + 3;

    public IUpdatePass Begin(IReadOnlyList<double> weights)
    {
        UpdateRules.Check("bulyan", MinUpdates, weights);
        return new DistancePass(weights.Count, distances => new NearMedianPass(Select(distances), 2 * bad));
    }

    internal IReadOnlyList<int> Select(DistanceTable distances)
    {
        var (left, chosen) = (Enumerable.Range(0, distances.Updates).ToList(), new List<int>());
        while (chosen.Count < distances.Updates - (2 * bad))
        {
            var best = left.MinBy(update => distances.Score(update, left, bad));
            left.Remove(best);
            chosen.Add(best);
        }

        return chosen;
    }
}

/// <summary>All squared distances of n updates.</summary>
internal sealed class DistanceTable(int updates, double[] squared)
{
    public int Updates => updates;

    public double this[int a, int b] => a == b ? 0 : squared[Index(Math.Min(a, b), Math.Max(a, b), updates)];

    /// <summary>Where the pair of a and b > a is kept.</summary>
    public static int Index(int a, int b, int updates) => (a * ((2 * updates) - a - 1) / 2) + b - a - 1;

    /// <summary>Krum's score of one update among others: the sum of its n - f - 2 smallest squared distances, of at least one.</summary>
    public double Score(int update, IReadOnlyCollection<int> among, int bad) => among
        .Where(other => other != update).Select(other => this[update, other]).Order().Take(Math.Max(1, among.Count - bad - 2)).Sum();
}

/// <summary>Adds up the squared distances between all updates, block by block.</summary>
internal sealed class DistancePass(int updates, Func<DistanceTable, IUpdatePass> next) : IUpdatePass
{
    public IReadOnlyList<int>? Chosen => null;

    public int Scalars => updates * (updates - 1) / 2;

    public void Visit(UpdateBlock block, Span<double> vector, Span<double> scalars)
    {
        for (var a = 0; a < block.Rows; a++)
        {
            for (var b = a + 1; b < block.Rows; b++)
            {
                scalars[DistanceTable.Index(a, b, updates)] = Distances.Squared(block[a], block[b]);
            }
        }
    }

    public IUpdatePass Next(ReadOnlySpan<double> scalars) => next(new DistanceTable(updates, scalars.ToArray()));
}

/// <summary>The mean of some updates.</summary>
internal sealed class ChosenMeanPass(IReadOnlyList<int> chosen) : IUpdatePass
{
    // In the order of the cohort: the sum does not depend on their scores.
    public IReadOnlyList<int> Chosen { get; } = [.. chosen.Order()];

    public int Scalars => 0;

    public void Visit(UpdateBlock block, Span<double> vector, Span<double> scalars)
    {
        vector.Clear();
        for (var row = 0; row < block.Rows; row++)
        {
            block.AddRow(row, 1.0 / block.Rows, vector);
        }
    }

    public IUpdatePass? Next(ReadOnlySpan<double> scalars) => null;
}

/// <summary>For every coordinate the mean of the values nearest to the median, all but <paramref name="left"/> of them.</summary>
internal sealed class NearMedianPass(IReadOnlyList<int> chosen, int left) : IUpdatePass
{
    private readonly ColumnSort _sort = new(chosen.Count);

    public IReadOnlyList<int> Chosen { get; } = [.. chosen.Order()];

    public int Scalars => 0;

    public void Visit(UpdateBlock block, Span<double> vector, Span<double> scalars)
    {
        _sort.Run(block);
        Span<double> column = new double[block.Rows];
        for (var i = 0; i < vector.Length; i++)
        {
            for (var row = 0; row < block.Rows; row++)
            {
                column[row] = block[row][i];
            }

            vector[i] = MeanNearMedian(column, block.Rows - left);
        }
    }

    public IUpdatePass? Next(ReadOnlySpan<double> scalars) => null;

    // The nearest values of a sorted column are neighbours: drop the further end until as many are left.
    private static double MeanNearMedian(ReadOnlySpan<double> sorted, int count)
    {
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        while (sorted.Length > count)
        {
            sorted = sorted[^1] - median > median - sorted[0] ? sorted[..^1] : sorted[1..];
        }

        var sum = 0.0;
        foreach (var value in sorted)
        {
            sum += value;
        }

        return sum / count;
    }
}
