using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Privacy;

/// <summary>
/// Sixteen normal deviates at a time in doubles, by Box and Muller 1958: r = sqrt(-2 ln u), (r cos, r sin). Each is within
/// <see cref="Error"/> of the deviate that the exact bits mean, wherever <see cref="IsSafe"/>.
/// </summary>
/// <remarks>
/// Where the error comes from, for u from 2^-18 to 1 - 2^-18: rounding 64 bits to a double and the bits that are not drawn yet move r by at
/// most 2^-45.4 (at the upper end, where r is 2^-8.5); logarithm, root, sine, cosine and products by at most 8 roundings of a number below
/// 5, which is 2^-47. The tests compare with <see cref="ExactNormalPair"/>.
/// </remarks>
internal static class NoiseKernel
{
    /// <summary>The bound of the error, in units of the standard deviation.</summary>
    public const double Error = 1.0 / (1L << 44);

    private const double Edge = 1.0 / (1L << 18);
    private const double OfWord = 1.0 / 4294967296 / 4294967296;

    // Natural logarithm of 2, the first part with zeros at its end so that its products with exponents are exact (fdlibm).
    private const double LogTwoHigh = 6.93147180369123816490e-01;
    private const double LogTwoLow = 1.90821492927058770002e-10;

    /// <summary>All bits set where the error is bounded; elsewhere u is at an end of its range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> IsSafe(Vector512<double> u) =>
        Vector512.GreaterThanOrEqual(u, Vector512.Create(Edge)) & Vector512.LessThanOrEqual(u, Vector512.Create(1 - Edge));

    /// <summary>The uniform numbers of eight words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Uniform(Vector512<ulong> words) => Vector512.ConvertToDouble(words) * Vector512.Create(OfWord);

    /// <summary>sqrt(-2 ln u), for u above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Radius(Vector512<double> u)
    {
        // u = m 2^e with m from sqrt(1/2) to sqrt(2), so that near 1 nothing cancels (fdlibm, e_log.c).
        const long OneOverRootTwo = 0x3FE6A09E667F3BCD;
        var bits = u.AsInt64() - Vector512.Create(OneOverRootTwo);
        var exponent = Vector512.ConvertToDouble(Vector512.ShiftRightArithmetic(bits, 52));
        var m = ((bits & Vector512.Create(0x000F_FFFF_FFFF_FFFF)) + Vector512.Create(OneOverRootTwo)).AsDouble();

        // log m = 2 artanh s = 2 (s + s^3/3 + ...), |s| at most 0.172: eleven terms leave 1e-18.
        var s = (m - Vector512<double>.One) / (m + Vector512<double>.One);
        var z = s * s;
        var series = Vector512.Create(2.0 / 23);
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 21));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 19));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 17));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 15));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 13));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 11));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 9));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 7));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 5));
        series = Vector512.MultiplyAddEstimate(series, z, Vector512.Create(2.0 / 3));
        var small = Vector512.MultiplyAddEstimate(exponent, Vector512.Create(LogTwoLow), s * z * series);
        var logarithm = Vector512.MultiplyAddEstimate(exponent, Vector512.Create(LogTwoHigh), (s + s) + small);
        return Vector512.Sqrt(Vector512.Create(-2.0) * logarithm);
    }

    /// <summary>A point of the unit circle for each word: two bits for its quarter, the others for the place there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<double> First, Vector512<double> Second) Direction(Vector512<ulong> words)
    {
        var angle = Vector512.ConvertToDouble((words << 2).AsInt64()) * Vector512.Create(Math.PI / 2 * OfWord);
        var z = angle * angle;
        var (sine, cosine) = (angle + (angle * z * Sine(z)), Vector512.MultiplyAddEstimate(z, Cosine(z), Vector512<double>.One));
        var signed = cosine ^ (words & Vector512.Create(1UL << 63)).AsDouble();
        var across = Vector512.IsNegative((words << 1).AsInt64()).AsDouble();
        return (Vector512.ConditionalSelect(across, sine, signed), Vector512.ConditionalSelect(across, signed, sine));
    }

    // Taylor's series up to 45 degrees; what is left out is below 1e-18.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Sine(Vector512<double> z)
    {
        var sum = Vector512.Create(1 / 355687428096000.0);
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 1307674368000.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(1 / 6227020800.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 39916800.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(1 / 362880.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 5040.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(1 / 120.0));
        return Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 6.0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Cosine(Vector512<double> z)
    {
        var sum = Vector512.Create(1 / 20922789888000.0);
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 87178291200.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(1 / 479001600.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 3628800.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(1 / 40320.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-1 / 720.0));
        sum = Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(1 / 24.0));
        return Vector512.MultiplyAddEstimate(sum, z, Vector512.Create(-0.5));
    }

    /// <summary>Eight words for radii and eight for angles, after each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<ulong> Radii, Vector512<ulong> Angles) Load(ReadOnlySpan<ulong> words)
    {
        ref var first = ref MemoryMarshal.GetReference(words[..NoiseWords.WordsOfChunk]);
        return (Vector512.LoadUnsafe(ref first), Vector512.LoadUnsafe(ref first, 8));
    }
}
