using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Octomil.Learning.Privacy;

/// <summary>
/// Rounded Gaussian noise for sums of integers: round(G) with G from N(0, sigma^2), exactly. An integer plus round(G) is round(integer + G),
/// so the sum is a post-processing of the real-valued Gaussian mechanism and its privacy carries over as it is; nothing floating-point is
/// released whose low bits could give the sum away (Mironov 2012, "On Significance of the Least Significant Bits for Differential Privacy").
/// </summary>
/// <remarks>
/// <para>Doubles alone would not do: with 10 million coordinates on a grid of 2^24 units their roundings add up to a distance from the
/// true distribution that no proof covers. So <see cref="NoiseKernel"/> computes fast with a bound of its error, and the few draws (some
/// in a million) that lie closer than that to where rounding changes are decided by <see cref="ExactNormalPair"/> with as many random
/// bits as it takes. The result therefore does not depend on the processor either.</para>
/// <para>The random bits are AES-256 in counter mode under a fresh key. Drawn once for what becomes visible: a coordinate has one noise
/// under a key, so ranges can be drawn in any order; a sum that is computed again needs a new key. Not for several threads at once.</para>
/// </remarks>
public sealed class GaussianNoise : IDisposable
{
    /// <summary>Largest standard deviation, in units of the sums.</summary>
    public const double MaxSigma = 1L << 32;

    private const int KeyBytes = 32;
    private const int Chunk = NoiseWords.WordsOfChunk;

    // Adding it rounds a double below 2^51 to an integer, which its low bits then are.
    private const double Rounder = 3L << 51;

    private readonly NoiseWords _words;
    private readonly ulong[] _drawn = new ulong[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk];
    private readonly double[] _deviates = new double[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk];
    private readonly double _sigma;

    /// <summary>Noise under a key of one's own: the same key gives the same noise. Only tests have reason to know a key.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="sigma">The standard deviation in units of the sums, above 0 and at most <see cref="MaxSigma"/>.</param>
    internal GaussianNoise(ReadOnlySpan<byte> key, double sigma)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes);
        if (!(sigma is >= 1e-6 and <= MaxSigma))
        {
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The noise must be from 1e-6 to 2^32 units of the sums. Choose a coarser step for stronger noise.");
        }

        (_words, _sigma) = (new NoiseWords(key), sigma);
    }

    /// <summary>How many pairs took the exact way; for tests and benchmarks.</summary>
    internal long ExactPairs { get; private set; }

    /// <summary>Noise under a fresh key from the system's cryptographic generator, which nobody learns.</summary>
    /// <inheritdoc cref="GaussianNoise(ReadOnlySpan{byte}, double)"/>
    public static GaussianNoise Create(double sigma)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(key);
        try
        {
            return new GaussianNoise(key, sigma);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Adds the noise of consecutive coordinates to their sums.</summary>
    /// <param name="sums">Within 62 bits, so that no noise leaves 64.</param>
    /// <param name="firstCoordinate">The coordinate of the first sum, from 0. Add the noise of a coordinate once.</param>
    public void AddTo(Span<long> sums, long firstCoordinate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstCoordinate);
        for (var done = 0; done < sums.Length;)
        {
            var left = sums[done..];
            var (chunk, skipped) = ((firstCoordinate + done) / Chunk, (int)((firstCoordinate + done) % Chunk));
            done += skipped == 0 && left.Length >= Chunk ? AddWhole(left, chunk) : AddPart(left, chunk, skipped);
        }
    }

    public void Dispose()
    {
        _words.Dispose();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_drawn.AsSpan()));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_deviates.AsSpan()));
    }

    private int AddWhole(Span<long> sums, long chunk)
    {
        var count = Math.Min(sums.Length / Chunk, NoiseWords.ChunksOfFill) * Chunk;
        AddChunks(sums[..count], chunk);
        return count;
    }

    private int AddPart(Span<long> sums, long chunk, int skipped)
    {
        Span<long> whole = stackalloc long[Chunk];
        var count = Math.Min(sums.Length, Chunk - skipped);
        sums[..count].CopyTo(whole[skipped..]);
        AddChunks(whole, chunk);
        whole.Slice(skipped, count).CopyTo(sums);
        return count;
    }

    private void AddChunks(Span<long> sums, long firstChunk)
    {
        var words = _drawn.AsSpan(0, sums.Length);
        _words.Fill(firstChunk, words);
        NoiseKernel.Radii(words, _deviates);
        NoiseKernel.Turn(words, _deviates);
        AddRounded(sums, firstChunk);
    }

    // A short loop of its own for the reason that NoiseKernel gives.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void AddRounded(Span<long> sums, long firstChunk)
    {
        var (sigma, undecided) = (Vector512.Create(_sigma), Vector512.Create(0.5 - (NoiseKernel.Error * _sigma)));
        ref var deviate = ref MemoryMarshal.GetArrayDataReference(_deviates);
        ref var target = ref MemoryMarshal.GetReference(sums);
        for (nuint i = 0; i < (nuint)sums.Length; i += Chunk)
        {
            var (first, firstFar) = Round(Vector512.LoadUnsafe(ref deviate, i) * sigma);
            var (second, secondFar) = Round(Vector512.LoadUnsafe(ref deviate, i + NoiseWords.PairsOfChunk) * sigma);
            var decided = (Vector512.LessThan(firstFar, undecided) & Vector512.LessThan(secondFar, undecided)).AsInt64();
            (Vector512.LoadUnsafe(ref target, i) + (first & decided)).StoreUnsafe(ref target, i);
            (Vector512.LoadUnsafe(ref target, i + NoiseWords.PairsOfChunk) + (second & decided)).StoreUnsafe(ref target, i + NoiseWords.PairsOfChunk);
            if (decided != Vector512<long>.AllBitsSet)
            {
                AddExactly(sums, (int)i, firstChunk, decided);
            }
        }
    }

    // The nearest integers, and how far from them the values are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<long> Integers, Vector512<double> Distances) Round(Vector512<double> values)
    {
        var rounder = Vector512.Create(Rounder);
        var shifted = values + rounder;
        return (shifted.AsInt64() - rounder.AsInt64(), Vector512.Abs(values - (shifted - rounder)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddExactly(Span<long> sums, int chunk, long firstChunk, Vector512<long> decided)
    {
        for (var lane = 0; lane < NoiseWords.PairsOfChunk; lane++)
        {
            if (decided[lane] == 0)
            {
                var (i, j) = (chunk + lane, chunk + lane + NoiseWords.PairsOfChunk);
                var pair = ((firstChunk + (chunk / Chunk)) * NoiseWords.PairsOfChunk) + lane;
                var (first, second) = ExactNormalPair.Round((_drawn[i], _drawn[j]), depth => _words.Refine(pair, depth), _sigma);
                (sums[i], sums[j]) = (sums[i] + first, sums[j] + second);
                ExactPairs++;
            }
        }
    }
}
