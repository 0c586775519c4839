using System.Collections.Immutable;

namespace Octomil.Learning.Strategies;

/// <summary>
/// The mean of delta / max(1, ||delta|| / M): no device moves the model by more than M / n (Sun et al. 2019, "Can You Really Backdoor Federated
/// Learning?", section 4.2).
/// </summary>
/// <param name="maxNorm">M, above 0; infinite: no bound yet.</param>
public sealed class NormBoundRule(double maxNorm) : ISumRule
{
    public double MaxFactor => 1;

    public SumEntry Enter(UpdateFacts update) => new(1 / Math.Max(1, Math.Sqrt(update.SumOfSquares) / maxNorm), 1, 0);

    public SumScale Scale(SumTotals totals) => new(1.0 / totals.Updates);
}

/// <summary>M where none is given: the median over the last rounds of each round's median norm. Without it a private run must name one.</summary>
public sealed record NormHistory
{
    private const int Rounds = 15;

    public ImmutableArray<double> Medians { get; init; } = [];

    /// <summary>The bound for the next round; infinite before the first.</summary>
    public double MaxNorm => Medians.IsEmpty ? double.PositiveInfinity : Median(Medians);

    /// <summary>Takes in the norms of a round that was published.</summary>
    public NormHistory Add(IReadOnlyCollection<double> norms) =>
        norms.Count == 0 ? this : new NormHistory { Medians = [.. Medians.Skip(Medians.Length - Rounds + 1), Median(norms)] };

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
