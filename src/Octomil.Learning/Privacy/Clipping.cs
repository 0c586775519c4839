namespace Octomil.Learning.Privacy;

/// <summary>
/// The server's own clip of an update, as the factor that <see cref="Aggregation.FoldInput"/> carries: an honest device clips too, but a
/// guarantee cannot rest on that (McMahan et al. 2018, "Learning Differentially Private Recurrent Language Models", section 2.1, flat clipping).
/// </summary>
public static class Clipping
{
    private const double Rounding = 1.0 / (1L << 53);

    // Above the few roundings of a factor and of its product with a value.
    private const double Margin = 1 - (1.0 / (1L << 40));

    /// <summary>
    /// scale x weight x min(1, clip / norm), a little less: after truncation to the grid of the plan the contribution's L2 norm is at most
    /// scale x clip / step as an integer vector, for any values. A vector of zeros stays one.
    /// </summary>
    /// <param name="sumOfSquares">Of all trained values, in double, each added in its turn (<see cref="Weights.UpdateReader"/>).</param>
    /// <param name="parameters">How many values those are.</param>
    /// <param name="clip">C, above 0.</param>
    /// <param name="share">The organization's scale times the bounded weight, from 0 to 1.</param>
    public static double Factor(double sumOfSquares, long parameters, double clip, double share = 1)
    {
        if (!(sumOfSquares is >= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(sumOfSquares), sumOfSquares, "The sum of squares must be a number from 0.");
        }

        if (!(share is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "A share of the clip must be from 0 to 1: raw sample counts would let one device be the mean.");
        }

        return share * Margin * Math.Min(1, clip / LargestNorm(sumOfSquares, parameters));
    }

    /// <summary>The bounded weight min(n, cap)/cap; 1 where there is no cap (uniform weights).</summary>
    /// <param name="sampleCount">From 0.</param>
    /// <param name="cap">Public, from 1; null: uniform.</param>
    public static double BoundedWeight(long sampleCount, long? cap)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sampleCount);
        if (cap is null)
        {
            return 1;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(cap.Value, 1);
        return (double)Math.Min(sampleCount, cap.Value) / cap.Value;
    }

    // A sum of n positive doubles is too small by at most n roundings of itself; half of that in its root. Values could be chosen
    // so that every addition rounds down, so this is no pedantry.
    private static double LargestNorm(double sumOfSquares, long parameters) => Math.Sqrt(sumOfSquares) * (1 + ((parameters + 4) * Rounding));
}
