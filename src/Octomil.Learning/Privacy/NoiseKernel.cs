using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Privacy;

/// <summary>
/// Normal deviates in doubles, by Box and Muller 1958: r = sqrt(-2 ln u), (r cos, r sin). Each is within <see cref="Error"/> of the deviate
/// that the exact bits mean, wherever <see cref="IsSafe"/>.
/// </summary>
/// <remarks>
/// <para>Where the error comes from, for u from 2^-18 to 1 - 2^-18: rounding 64 bits to a double and the bits that are not drawn yet move r
/// by at most 2^-45.4 (at the upper end, where r is 2^-8.5); cutting the place in a quarter to 52 bits moves the point by r 2^-51.3, at most
/// 2^-49; logarithm, root, sine, cosine and products by at most 8 roundings of a number below 5, which is 2^-47. The tests compare with
/// <see cref="ExactNormalPair"/>.</para>
/// <para>Where there is no AVX-512 the compiler makes two 256-bit operations of each. That takes operations which those have too, so
/// conversions go by the bits of a mantissa and shifts bring in zeros; and it takes short loops, inlined nowhere and optimized from the
/// first call: in a long method the compiler stops inlining the operations themselves, which costs a factor of five.</para>
/// </remarks>
internal static class NoiseKernel
{
    /// <summary>The bound of the error, in units of the standard deviation.</summary>
    public const double Error = 1.0 / (1L << 44);

    private const double Edge = 1.0 / (1L << 18);
    private const double OfWord = 1.0 / 4294967296 / 4294967296;

    // Doubles whose mantissa counts units of 2^32, 1 and 2^-52: an integer put there is that many of them, above the power.
    private const double TwoTo84 = TwoTo52 * 4294967296;
    private const double TwoTo52 = 1L << 52;
    private const ulong BitsOfTwoTo84 = 0x4530_0000_0000_0000;
    private const ulong BitsOfTwoTo52 = 0x4330_0000_0000_0000;
    private const ulong BitsOfOne = 0x3FF0_0000_0000_0000;
    private const ulong TopBit = 1UL << 63;

    // Natural logarithm of 2, the first part with zeros at its end so that its products with exponents are exact (fdlibm).
    private const double LogTwoHigh = 6.93147180369123816490e-01;
    private const double LogTwoLow = 1.90821492927058770002e-10;

    /// <summary>The radii of whole chunks of words, each at its place; NaN where the error is not bounded. The other places stay as they are.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Radii(ReadOnlySpan<ulong> words, Span<double> deviates)
    {
        ref var word = ref MemoryMarshal.GetReference(words);
        ref var target = ref MemoryMarshal.GetReference(deviates[..words.Length]);
        for (nuint i = 0; i < (nuint)words.Length; i += NoiseWords.WordsOfChunk)
        {
            var u = Uniform(Vector512.LoadUnsafe(ref word, i));
            Vector512.ConditionalSelect(IsSafe(u), Radius(u), Vector512.Create(double.NaN)).StoreUnsafe(ref target, i);
        }
    }

    /// <summary>The deviates of chunks whose radii are there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Turn(ReadOnlySpan<ulong> words, Span<double> deviates)
    {
        ref var word = ref MemoryMarshal.GetReference(words);
        ref var target = ref MemoryMarshal.GetReference(deviates[..words.Length]);
        for (nuint i = 0; i < (nuint)words.Length; i += NoiseWords.WordsOfChunk)
        {
            var radius = Vector512.LoadUnsafe(ref target, i);
            var (x, y) = Direction(Vector512.LoadUnsafe(ref word, i + NoiseWords.PairsOfChunk));
            (radius * x).StoreUnsafe(ref target, i);
            (radius * y).StoreUnsafe(ref target, i + NoiseWords.PairsOfChunk);
        }
    }

    /// <summary>All bits set where the error is bounded; elsewhere u is at an end of its range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> IsSafe(Vector512<double> u) =>
        Vector512.GreaterThanOrEqual(u, Vector512.Create(Edge)) & Vector512.LessThanOrEqual(u, Vector512.Create(1 - Edge));

    /// <summary>The uniform numbers of eight words: 2^-64 of each, rounded once, for the two halves are exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Uniform(Vector512<ulong> words)
    {
        var high = (Vector512.ShiftRightLogical(words, 32) | Vector512.Create(BitsOfTwoTo84)).AsDouble() - Vector512.Create(TwoTo84 + TwoTo52);
        var low = ((words & Vector512.Create((ulong)uint.MaxValue)) | Vector512.Create(BitsOfTwoTo52)).AsDouble();
        return (high + low) * Vector512.Create(OfWord);
    }

    /// <summary>sqrt(-2 ln u), for u above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Radius(Vector512<double> u)
    {
        // u = m 2^e with m from sqrt(1/2) to sqrt(2), so that near 1 nothing cancels (fdlibm, e_log.c).
        const ulong OneOverRootTwo = 0x3FE6A09E667F3BCD;
        const ulong Bias = 1024;
        var bits = u.AsUInt64() - Vector512.Create(OneOverRootTwo);
        var biased = Vector512.ShiftRightLogical(bits + Vector512.Create(Bias << 52), 52);
        var exponent = (biased | Vector512.Create(BitsOfTwoTo52)).AsDouble() - Vector512.Create(TwoTo52 + Bias);
        var m = ((bits & Vector512.Create(0x000F_FFFF_FFFF_FFFFUL)) + Vector512.Create(OneOverRootTwo)).AsDouble();

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
        // The place as the mantissa of a number from 1 to 2, which is half a quarter to either side of 1.5.
        var place = Vector512.ShiftRightLogical((words << 2) ^ Vector512.Create(TopBit), 12) | Vector512.Create(BitsOfOne);
        var angle = (place.AsDouble() - Vector512.Create(1.5)) * Vector512.Create(Math.PI / 2);
        var z = angle * angle;
        var (sine, cosine) = (angle + (angle * z * Sine(z)), Vector512.MultiplyAddEstimate(z, Cosine(z), Vector512<double>.One));
        var signed = cosine ^ (words & Vector512.Create(TopBit)).AsDouble();
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
}
