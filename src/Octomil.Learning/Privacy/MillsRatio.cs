namespace Octomil.Learning.Privacy;

/// <summary>
/// R(t) = Phi(-t) / phi(t) of the standard normal distribution and -R'(t) = 1 - t R(t), both positive and decreasing for every t, each to
/// a relative error of <see cref="RelativeError"/>.
/// </summary>
internal static class MillsRatio
{
    /// <summary>What the values may be off by; the tests compare them with 40 digits.</summary>
    public const double RelativeError = 1e-14;

    private const double SeriesBelow = 2;
    private const double SquareRootOfTwoPi = 2.50662827463100050241576528481;

    // At t = 2 the fraction needs so many for 16 digits, and fewer as t grows.
    private const int FractionTerms = 160;

    /// <summary>R and -R' at t; R is infinite where phi(t) has no double any more (t under -38).</summary>
    public static (double Ratio, double MinusSlope) At(double t)
    {
        if (t >= SeriesBelow)
        {
            var tail = Fraction(t);
            return (1 / (t + tail), tail / (t + tail));
        }

        // Phi(t) - 1/2 = phi(t) S(t), for t below 0 by symmetry; at 2 the difference costs 20 times the rounding.
        var ratio = (0.5 / Density(t)) - (Math.Sign(t) * Series(Math.Abs(t)));
        return (ratio, 1 - (t * ratio));
    }

    /// <summary>phi(t).</summary>
    public static double Density(double t) => Math.Exp(-t * t / 2) / SquareRootOfTwoPi;

    /// <summary>log phi(t).</summary>
    public static double LogDensity(double t) => (-t * t / 2) - Math.Log(SquareRootOfTwoPi);

    // R(t) = 1/(t + 1/(t + 2/(t + 3/(t + ...)))) (Abramowitz and Stegun 26.2.14); this is the part after the first t.
    private static double Fraction(double t)
    {
        var tail = 0.0;
        for (var term = FractionTerms; term >= 1; term--)
        {
            tail = term / (t + tail);
        }

        return tail;
    }

    // S(t) = t + t^3/3 + t^5/(3 5) + ... (Abramowitz and Stegun 26.2.11): all terms are positive.
    private static double Series(double t)
    {
        var (sum, term) = (t, t);
        for (var odd = 3; term > sum * 1e-18; odd += 2)
        {
            term *= t * t / odd;
            sum += term;
        }

        return sum;
    }
}
