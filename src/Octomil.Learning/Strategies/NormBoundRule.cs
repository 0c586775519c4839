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

    public SumScale Scale(SumTotals totals) => SumScale.Over(totals.Updates);
}

/// <summary>
/// The first round of a rule whose bound is the median of earlier rounds: every update counts with the same length, which is the median of the
/// round's own. So no device can use the round without a bound. One pass is enough: the directions are summed, the length follows at the end.
/// </summary>
public sealed class UnitLengthRule : ISumRule
{
    public double MaxFactor => 1;

    // An update of no length has no direction; of one that is shorter than 1 no coordinate is over 1 afterwards.
    public SumEntry Enter(UpdateFacts update) => new(update.SumOfSquares > 0 ? 1 / Math.Sqrt(update.SumOfSquares) : 0, 1, 0);

    public SumScale Scale(SumTotals totals) => new(totals.MedianLength / totals.Updates);
}

/// <summary>M where none is given: the median over the last rounds of each round's median norm. Without it a private run must name one.</summary>
public sealed record NormHistory
{
    private const int Rounds = 15;

    public ImmutableArray<double> Medians { get; init; } = [];

    /// <summary>The bound for the next round; infinite before the first.</summary>
    public double MaxNorm => Medians.IsEmpty ? double.PositiveInfinity : Median(Medians);

    /// <summary>Takes in the norms of a round that was published.</summary>
    public NormHistory Add(IReadOnlyCollection<double> norms) => norms.Count == 0 ? this : AddMedian(Median(norms));

    /// <summary>Takes in the median norm of a round that was published.</summary>
    public NormHistory AddMedian(double median) => new() { Medians = [.. Medians.Skip(Medians.Length - Rounds + 1), median] };

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
