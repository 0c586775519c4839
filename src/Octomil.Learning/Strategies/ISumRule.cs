using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>
/// A rule that needs only sums: every update enters the fold with a factor and a weight that follow from what is known of it, and
/// brings one more number. The aggregate is sum x <see cref="SumScale.OfSum"/> + reference x <see cref="SumScale.OfReference"/>.
/// </summary>
public interface ISumRule
{
    /// <summary>The largest factor that <see cref="Enter"/> gives: the fold's plan takes the largest magnitude times this.</summary>
    double MaxFactor { get; }

    /// <summary>How an update enters the sums.</summary>
    /// <exception cref="StrategyException">A fact that the rule needs is missing or out of range; the message is for the device.</exception>
    SumEntry Enter(UpdateFacts update);

    /// <summary>How the sums become the aggregate.</summary>
    SumScale Scale(SumTotals totals);
}

/// <summary>What is known of an update beside its values.</summary>
public readonly record struct UpdateFacts
{
    /// <summary>Capped by the plan.</summary>
    public long SampleCount { get; init; }

    /// <summary>Local optimizer steps, from 1.</summary>
    public long Steps { get; init; }

    /// <summary>The mean loss of the base weights on the device's data.</summary>
    public double Loss { get; init; }

    /// <summary>||delta||^2.</summary>
    public double SumOfSquares { get; init; }

    /// <summary>||delta - reference||^2, for rules that have a reference: the last aggregate.</summary>
    public double SquaredDistance { get; init; }

    /// <summary>How many versions were published since its base.</summary>
    public int Staleness { get; init; }
}

/// <summary>An update in the sums.</summary>
/// <param name="Factor">Of <see cref="FoldInput"/>.</param>
/// <param name="Weight">Of <see cref="FoldInput"/>.</param>
/// <param name="Column">What it adds to the <see cref="ColumnSum"/>.</param>
public readonly record struct SumEntry(double Factor, long Weight, double Column);

/// <summary>What was added up beside the values.</summary>
/// <param name="Updates">How many, from 1.</param>
/// <param name="Weight">The sum of the weights, from 1.</param>
/// <param name="Column">The sum of the columns.</param>
public readonly record struct SumTotals(long Updates, long Weight, double Column)
{
    /// <summary>The median of the lengths that were measured, for rules without a bound yet; see <see cref="NormHistogram"/>.</summary>
    public double MedianLength { get; init; }
}

/// <summary>The aggregate out of the sums (in the units of the values) and the reference.</summary>
public readonly record struct SumScale(double OfSum, double OfReference = 0)
{
    /// <summary>Where the sum is divided: dividing by it rounds once, multiplying with <see cref="OfSum"/> twice.</summary>
    public double? Denominator { get; private init; }

    /// <summary>The sum over a number above 0.</summary>
    public static SumScale Over(double denominator) => new(1 / denominator) { Denominator = denominator };
}
