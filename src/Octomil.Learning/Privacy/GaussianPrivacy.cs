namespace Octomil.Learning.Privacy;

/// <summary>
/// The exact privacy of Gaussian noise, in the unit that the ledger adds up: a release with L2 sensitivity S under noise of standard
/// deviation sigma costs mu^2 = (S/sigma)^2, and the mu^2 of releases add, also where each was chosen after seeing the ones before
/// (Dong, Roth and Su 2019, "Gaussian Differential Privacy", corollary 3.3; Smith and Thakurta 2022, "Fully Adaptive Composition for
/// Gaussian Differential Privacy"). Releases of total mu are (epsilon, delta)-private exactly where
/// delta = Phi(mu/2 - epsilon/mu) - e^epsilon Phi(-mu/2 - epsilon/mu) (Balle and Wang 2018, theorem 8).
/// </summary>
/// <remarks>
/// Every result errs to the safe side: delta is computed with a bound of its rounding error that is added, so epsilon is never too small
/// and a budget never too large. What that costs is under 1e-10 of the result.
/// </remarks>
public static class GaussianPrivacy
{
    private const double Rounding = 1.0 / (1L << 53);

    // Beyond this argument delta is below the smallest double, and before the other one above the largest double under 1.
    private const double NothingBeyond = 40;
    private const double CertainBefore = -20;

    // Where two Mills ratios lie closer than this, their difference is an integral of the slope.
    private const double IntegratedBelow = 1;

    /// <summary>The smallest delta at which releases of total <paramref name="mu"/> are (epsilon, delta)-private, from 0 to 1.</summary>
    /// <param name="epsilon">From 0; may be infinite.</param>
    /// <param name="mu">The root of the summed mu^2, from 0; may be infinite (no noise).</param>
    public static double Delta(double epsilon, double mu)
    {
        Check(epsilon, nameof(epsilon), "Epsilon must be a number from 0.");
        Check(mu, nameof(mu), "Mu must be a number from 0.");
        return Math.Min(1, Math.Exp(LogDelta(epsilon, mu)));
    }

    /// <summary>The smallest epsilon at which releases of total <paramref name="mu"/> are (epsilon, delta)-private; infinite where there is none.</summary>
    /// <param name="mu">The root of the summed mu^2, from 0; may be infinite (no noise).</param>
    /// <param name="delta">From 0 to below 1.</param>
    public static double Epsilon(double mu, double delta)
    {
        Check(mu, nameof(mu), "Mu must be a number from 0.");
        CheckDelta(delta);
        if (mu == 0 || delta == 0)
        {
            return mu == 0 ? 0 : double.PositiveInfinity;
        }

        return First(epsilon => LogDelta(epsilon, mu) <= Math.Log(delta));
    }

    /// <summary>The largest total mu that is (epsilon, delta)-private: the budget of a ledger is its square.</summary>
    /// <param name="epsilon">From 0 to below infinity.</param>
    /// <param name="delta">From 0 to below 1.</param>
    public static double Mu(double epsilon, double delta)
    {
        Check(epsilon, nameof(epsilon), "Epsilon must be a number from 0.");
        ArgumentOutOfRangeException.ThrowIfEqual(epsilon, double.PositiveInfinity);
        CheckDelta(delta);
        if (delta == 0)
        {
            return 0;
        }

        var firstTooLarge = First(mu => mu > 0 && LogDelta(epsilon, mu) > Math.Log(delta));
        return Math.BitDecrement(firstTooLarge);
    }

    /// <summary>
    /// log delta, never too small. With x = epsilon/mu - mu/2, delta = phi(x) (R(x) - R(x + mu)) for the Mills ratio R, because
    /// e^epsilon phi(x + mu) = phi(x): there is nothing left that could overflow or cancel far out in the tail.
    /// </summary>
    private static double LogDelta(double epsilon, double mu)
    {
        if (mu == 0 || double.IsInfinity(mu))
        {
            return mu == 0 ? double.NegativeInfinity : 0;
        }

        var x = (epsilon / mu) - (mu / 2);
        if (x > NothingBeyond)
        {
            return double.NegativeInfinity;
        }

        if (x < CertainBefore)
        {
            return 0;
        }

        // The rounding of x itself weighs |d log delta / dx|, which is at most |x| + 2.
        var argumentError = 2 * Rounding * ((epsilon / mu) + mu) * (Math.Abs(x) + 2);
        var (difference, relativeError) = mu < IntegratedBelow ? Integrated(x, mu) : Subtracted(x, mu);
        return MillsRatio.LogDensity(x) + Math.Log(difference) + argumentError + relativeError + (x * x * Rounding);
    }

    private static (double Difference, double RelativeError) Subtracted(double x, double mu)
    {
        var (near, far) = (MillsRatio.At(x).Ratio, MillsRatio.At(x + mu).Ratio);
        return (near - far, MillsRatio.RelativeError * (near + far) / (near - far));
    }

    // Gauss-Legendre with 8 nodes: under 1e-15 of the integral over a width of 1.
    private static (double Difference, double RelativeError) Integrated(double x, double mu)
    {
        ReadOnlySpan<double> nodes = [0.18343464249564980494, 0.52553240991632898582, 0.79666647741362673959, 0.96028985649753623168];
        ReadOnlySpan<double> weights = [0.36268378337836198297, 0.31370664587788728734, 0.22238103445337447054, 0.10122853629037625915];
        var (middle, half, sum) = (x + (mu / 2), mu / 2, 0.0);
        for (var i = 0; i < nodes.Length; i++)
        {
            sum += weights[i] * (MillsRatio.At(middle - (half * nodes[i])).MinusSlope + MillsRatio.At(middle + (half * nodes[i])).MinusSlope);
        }

        // Between 0 and 2 the slope is 1 minus what may be close to 1: up to 7 times the ratio's error.
        return (half * sum, 10 * MillsRatio.RelativeError);
    }

    // The first double from 0 on at which a condition holds that stays true once it is: the bits of doubles from 0 are in their order.
    private static double First(Func<double, bool> condition)
    {
        var (low, high) = (-1L, BitConverter.DoubleToInt64Bits(double.PositiveInfinity));
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = condition(BitConverter.Int64BitsToDouble(middle)) ? (low, middle) : (middle, high);
        }

        return BitConverter.Int64BitsToDouble(high);
    }

    private static void Check(double value, string name, string message)
    {
        if (!(value >= 0))
        {
            throw new ArgumentOutOfRangeException(name, value, message);
        }
    }

    private static void CheckDelta(double delta)
    {
        if (!(delta is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "Delta must be from 0 to below 1; 1e-5 is usual, and it must be below 1 / devices.");
        }
    }
}
