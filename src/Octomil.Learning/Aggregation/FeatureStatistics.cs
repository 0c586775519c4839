namespace Octomil.Learning.Aggregation;

/// <summary>Count, mean and sum of squared differences from the mean of one feature.</summary>
/// <param name="Count">Values; those missing are not counted.</param>
/// <param name="Mean">In the unit of the feature; 0 for no values.</param>
/// <param name="M2">Sum of (x - mean)^2, in the unit squared.</param>
public sealed record FeatureStatistics(long Count, double Mean, double M2)
{
    /// <summary>Of no values.</summary>
    public static FeatureStatistics Empty { get; } = new(0, 0, 0);

    /// <summary>True for numbers that some data could have: a count from 0, a finite mean, a finite m2 from 0.</summary>
    public bool IsValid => Count >= 0 && double.IsFinite(Mean) && double.IsFinite(M2) && M2 >= 0;

    /// <summary>sqrt(m2 / count): of the population; 0 for no values.</summary>
    public double Deviation => Count == 0 ? 0 : Math.Sqrt(M2 / Count);

    /// <summary>
    /// Both together, by the pairwise formula of Chan, Golub and LeVeque 1979, "Updating Formulae and a Pairwise Algorithm for
    /// Computing Sample Variances", equations 2.1. Rounding depends on the order, so merge in a fixed one.
    /// </summary>
    public FeatureStatistics Merge(FeatureStatistics other)
    {
        if (other.Count == 0 || Count == 0)
        {
            return Count == 0 ? other : this;
        }

        var count = checked(Count + other.Count);
        var (share, difference) = ((double)other.Count / count, other.Mean - Mean);
        return new FeatureStatistics(count, Mean + (difference * share), M2 + other.M2 + (difference * difference * Count * share));
    }
}
