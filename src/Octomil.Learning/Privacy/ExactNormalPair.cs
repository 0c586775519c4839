using System.Numerics;

namespace Octomil.Learning.Privacy;

/// <summary>
/// Two rounded normal deviates without any error: radius and angle of Box and Muller 1958 ("A Note on the Generation of Random Normal
/// Deviates") are real numbers whose bits are drawn as needed, and the results are bounded from both sides until both bounds round to the
/// same integer (Ziv 1991). Some 50 microseconds: only for what <see cref="NoiseKernel"/> cannot decide.
/// </summary>
internal static class ExactNormalPair
{
    private const int WordBits = 64;
    private const int GuardBits = 64;

    // The two first bits of an angle choose its quarter.
    private const int QuarterBits = 2;

    /// <summary>round(sigma r cos) and round(sigma r sin) of one pair.</summary>
    /// <param name="first">The first 64 bits of radius and angle.</param>
    /// <param name="more">More bits, by depth from 1.</param>
    public static (long First, long Second) Round((ulong Radius, ulong Angle) first, Func<int, (ulong Radius, ulong Angle)> more, double sigma)
    {
        var (radius, turns) = Start(first);
        for (var depth = 1; ; depth++)
        {
            var next = more(depth);
            (radius, turns) = ((radius << WordBits) + next.Radius, (turns << WordBits) + next.Angle);
            if (Try(radius, turns, WordBits * (depth + 1), Quarter(first), sigma) is { } result)
            {
                return result;
            }
        }
    }

    /// <summary>Both deviates in units of the standard deviation, from 128 bits each and unrounded; for tests of the fast way.</summary>
    public static (double First, double Second) Approximate((ulong Radius, ulong Angle) first, (ulong Radius, ulong Angle) more)
    {
        const int Bits = (2 * WordBits) + GuardBits;
        var (start, startTurns) = Start(first);
        var (radius, turns) = ((start << WordBits) + more.Radius, (startTurns << WordBits) + more.Angle);
        var (sine, cosine) = FixedPoint.OfQuarterTurns(turns << (GuardBits + QuarterBits), Bits);
        var length = FixedPoint.SquareRoot(2 * FixedPoint.MinusLog(radius << GuardBits, Bits), Bits);
        var (a, b) = Turn(sine, cosine, Quarter(first));
        return (Scaled(length * a), Scaled(length * b));

        static double Scaled(BigInteger product) => Math.ScaleB((double)(product >> (Bits + Bits - 120)), -120);
    }

    private static (BigInteger Radius, BigInteger Turns) Start((ulong Radius, ulong Angle) first) =>
        (first.Radius, (long)(first.Angle << QuarterBits) >> QuarterBits);

    private static int Quarter((ulong Radius, ulong Angle) first) => (int)(first.Angle >> (WordBits - QuarterBits));

    private static (long First, long Second)? Try(BigInteger radius, BigInteger turns, int known, int quarter, double sigma)
    {
        if (radius.IsZero)
        {
            // Nothing but zeros so far: the length has no upper bound yet.
            return null;
        }

        // u lies in [radius, radius + 1) 2^-known, and sqrt(-2 ln u) falls as u grows.
        var bits = known + GuardBits;
        var longest = Length(radius, FixedPoint.ErrorUnits) + 1;
        var shortest = Length(radius + 1, -FixedPoint.ErrorUnits);

        // Turns are known to 2^-(known - 2), and the point moves at most pi/2 of that.
        var slack = (BigInteger.One << (GuardBits + QuarterBits + 1)) + FixedPoint.ErrorUnits;
        var (sine, cosine) = FixedPoint.OfQuarterTurns(turns << (GuardBits + QuarterBits), bits);
        var (a, b) = Turn(sine, cosine, quarter);
        return Decide(a) is { } first && Decide(b) is { } second ? (first, second) : null;

        BigInteger Length(BigInteger u, long error) =>
            FixedPoint.SquareRoot(BigInteger.Max(0, 2 * (FixedPoint.MinusLog(u << GuardBits, bits) + error)), bits);

        long? Decide(BigInteger direction)
        {
            var (low, high) = (direction - slack, direction + slack);
            var least = RoundScaled(low * (low.Sign < 0 ? longest : shortest), 2 * bits, sigma);
            var most = RoundScaled(high * (high.Sign < 0 ? shortest : longest), 2 * bits, sigma);
            return least == most ? (long)least : null;
        }
    }

    // The arc from -45 to 45 degrees, and the ones opposite and across: together the circle, each point once.
    private static (BigInteger First, BigInteger Second) Turn(BigInteger sine, BigInteger cosine, int quarter)
    {
        var signed = (quarter & 2) != 0 ? -cosine : cosine;
        return (quarter & 1) != 0 ? (sine, signed) : (signed, sine);
    }

    // round(value 2^-bits sigma), halves up.
    private static BigInteger RoundScaled(BigInteger value, int bits, double sigma)
    {
        var exponent = Math.ILogB(sigma) - 52;
        var mantissa = (BigInteger)Math.ScaleB(sigma, -exponent);
        var shift = bits - exponent;
        return ((value * mantissa) + (BigInteger.One << (shift - 1))) >> shift;
    }
}
