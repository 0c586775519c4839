using System.Numerics;

namespace Octomil.Learning.Privacy;

/// <summary>
/// Elementary functions of fixed-point numbers (an integer in units of 2^-bits), for the few draws that doubles cannot decide. Every result
/// is within <see cref="ErrorUnits"/> of the exact one; the root, which rounds down, within one.
/// </summary>
internal static class FixedPoint
{
    /// <summary>More than the roundings of any of the series, for up to a million bits.</summary>
    public const long ErrorUnits = 1L << 32;

    /// <summary>-log(value) for a value above 0 and at most 1.</summary>
    public static BigInteger MinusLog(BigInteger value, int bits)
    {
        // value = mantissa 2^-shift with the mantissa from 1/2: -log = shift log 2 - log(mantissa).
        var shift = bits - (int)value.GetBitLength();
        var mantissa = value << shift;
        var one = BigInteger.One << bits;
        return (shift * LogTwo(bits)) - (2 * ArcTanh(((mantissa - one) << bits) / (mantissa + one), bits));
    }

    /// <summary>sqrt(value), rounded down.</summary>
    public static BigInteger SquareRoot(BigInteger value, int bits)
    {
        var square = value << bits;
        if (square.IsZero)
        {
            return square;
        }

        var root = BigInteger.One << (int)((square.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (square / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }

    /// <summary>Sine and cosine of pi/2 times a number from -1/2 to 1/2.</summary>
    public static (BigInteger Sine, BigInteger Cosine) OfQuarterTurns(BigInteger turns, int bits)
    {
        var angle = (turns * HalfPi(bits)) >> bits;
        var square = (angle * angle) >> bits;
        return (Alternating(angle, square, 2, bits), Alternating(BigInteger.One << bits, square, 1, bits));
    }

    // first - first x^2/(n (n+1)) + ...: Taylor's series of the sine (n = 2 first) and of the cosine (n = 1 first).
    private static BigInteger Alternating(BigInteger first, BigInteger square, int n, int bits)
    {
        var (sum, term) = (first, first);
        for (; !term.IsZero && !term.Equals(BigInteger.MinusOne); n += 2)
        {
            term = -((term * square) >> bits) / (n * (n + 1));
            sum += term;
        }

        return sum;
    }

    // t + t^3/3 + t^5/5 + ...; |t| is at most 1/3.
    private static BigInteger ArcTanh(BigInteger t, int bits)
    {
        var (sum, power, square) = (t, t, (t * t) >> bits);
        for (var odd = 3; !power.IsZero && !power.Equals(BigInteger.MinusOne); odd += 2)
        {
            power = (power * square) >> bits;
            sum += power / odd;
        }

        return sum;
    }

    // log 2 = 2 artanh(1/3).
    private static BigInteger LogTwo(int bits) => 2 * ArcTanh((BigInteger.One << bits) / 3, bits);

    // pi/2 = 8 arctan(1/5) - 2 arctan(1/239) (Machin).
    private static BigInteger HalfPi(int bits) => (8 * ArcTanOfInverse(5, bits)) - (2 * ArcTanOfInverse(239, bits));

    private static BigInteger ArcTanOfInverse(int inverse, int bits)
    {
        var (sum, power, sign) = (BigInteger.Zero, (BigInteger.One << bits) / inverse, 1);
        for (var odd = 1; !power.IsZero; odd += 2)
        {
            sum += sign * power / odd;
            power /= inverse * inverse;
            sign = -sign;
        }

        return sum;
    }
}
