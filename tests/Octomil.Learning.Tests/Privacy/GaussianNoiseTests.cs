using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using CsCheck;
using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class GaussianNoiseTests
{
    private static readonly Gen<ulong> Word = Gen.OneOf(
        Gen.ULong,
        Gen.Int[0, 63].SelectMany(shift => Gen.ULong.Select(word => word >> shift)),
        Gen.Int[0, 63].SelectMany(shift => Gen.ULong.Select(word => ~(word >> shift))));

    [Fact]
    public void Kernel_IsWithinItsErrorOfTheExactDeviate()
    {
        var largest = 0.0;
        Gen.Select(Word, Word, Gen.ULong, Gen.ULong).Sample(sample =>
        {
            var (radius, angle, moreRadius, moreAngle) = sample;
            var u = NoiseKernel.Uniform(Vector512.Create(radius));
            if (NoiseKernel.IsSafe(u).AsInt64()[0] == 0)
            {
                return;
            }

            var length = NoiseKernel.Radius(u)[0];
            var (x, y) = NoiseKernel.Direction(Vector512.Create(angle));
            var (exactX, exactY) = ExactNormalPair.Approximate((radius, angle), (moreRadius, moreAngle));
            var error = Math.Max(Math.Abs((length * x[0]) - exactX), Math.Abs((length * y[0]) - exactY));
            InterlockedMax(ref largest, error);
        }, iter: 100_000);

        // The products' own roundings belong to the error; half of the bound is kept as a margin.
        Assert.InRange(largest, 0, NoiseKernel.Error / 2);
    }

    [Fact]
    public void ExactPair_IsThePairThatDoublesGive() => Gen.Select(Gen.ULong[1UL << 40, ulong.MaxValue], Gen.ULong, Gen.Double[1e-3, 1e6]).Sample(sample =>
    {
        var (radius, angle, sigma) = sample;
        var u = radius * Math.ScaleB(1, -64);
        var (length, turn) = (Math.Sqrt(-2 * Math.Log(u)), ((long)(angle << 2)) * Math.ScaleB(Math.PI / 2, -64));
        var cosine = (angle >> 63 == 0 ? 1 : -1) * Math.Cos(turn);
        var (x, y) = (angle >> 62 & 1) == 0 ? (cosine, Math.Sin(turn)) : (Math.Sin(turn), cosine);

        var (first, second) = ExactNormalPair.Round((radius, angle), depth => ((ulong)depth * 0x9E3779B97F4A7C15, 0), sigma);

        Assert.InRange(first - (sigma * length * x), -0.5001, 0.5001);
        Assert.InRange(second - (sigma * length * y), -0.5001, 0.5001);
    }, iter: 5000);

    [Fact]
    public void ExactPair_WhoseFirstBitsAreZero_DrawsUntilItIsDecided()
    {
        var asked = 0;

        var (first, second) = ExactNormalPair.Round((0, 0), depth => depth > 3 ? (1UL << 63, 5) : (0, (ulong)(asked = depth)), 1000);

        // u = 2^-257: sqrt(2 257 ln 2) = 18.8753 standard deviations, straight ahead.
        Assert.Equal((3, 18875L, 0L), (asked, first, second));
    }

    [Theory]
    [InlineData(0.8)]
    [InlineData(1 << 24)]
    [InlineData(1L << 32)]
    public void AddTo_InAnyRanges_IsTheSameAsAtOnce(double sigma)
    {
        var whole = Draw(1, sigma, 5000);
        Gen.Int[0, 5000].Array[0, 6].Sample(cuts =>
        {
            var sums = new long[5000];
            int[] ends = [0, .. cuts.Order(), 5000];
            using var noise = new GaussianNoise(Key(1), sigma);
            foreach (var part in Enumerable.Range(0, ends.Length - 1).Reverse())
            {
                noise.AddTo(sums.AsSpan(ends[part]..ends[part + 1]), ends[part]);
            }

            Assert.Equal(whole, sums);
        }, iter: 100);
    }

    /// <summary>What is decided fast is what exact arithmetic decides, coordinate by coordinate, out of the same words.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(3e4)]
    [InlineData(1L << 30)]
    public void AddTo_IsExactlyTheRoundedDeviate(double sigma)
    {
        const int Coordinates = 4096;
        var sums = Draw(7, sigma, Coordinates);
        using var words = new NoiseWords(Key(7));
        var drawn = new ulong[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk];
        for (var i = 0; i < Coordinates; i += drawn.Length)
        {
            words.Fill(i / NoiseWords.WordsOfChunk, drawn);
            for (var pair = 0; pair < drawn.Length / 2; pair++)
            {
                var at = (pair / 8 * 16) + (pair % 8);
                var exact = ExactNormalPair.Round((drawn[at], drawn[at + 8]), depth => words.Refine((i / 2) + pair, depth), sigma);

                Assert.Equal(exact, (sums[i + at], sums[i + at + 8]));
            }
        }
    }

    [Fact]
    public void AddTo_AddsToWhatIsThere()
    {
        long[] sums = [.. Enumerable.Range(0, 100).Select(i => (1L << 62) - i)];
        var expected = sums.Zip(Draw(3, 1 << 20, 100), (sum, noise) => sum + noise).ToArray();
        using var noise = new GaussianNoise(Key(3), 1 << 20);

        noise.AddTo(sums, 0);

        Assert.Equal(expected, sums);
    }

    [Fact]
    public void Create_Twice_GivesDifferentNoise()
    {
        var (one, two) = (new long[64], new long[64]);
        using var first = GaussianNoise.Create(1 << 24);
        using var second = GaussianNoise.Create(1 << 24);

        first.AddTo(one, 0);
        second.AddTo(two, 0);

        Assert.NotEqual(one, two);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(1e10)]
    public void Create_OfANoiseOutOfRange_IsRefused(double sigma) => Assert.Throws<ArgumentOutOfRangeException>(() => GaussianNoise.Create(sigma));

    internal static byte[] Key(int seed)
    {
        var key = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(key, seed);
        return key;
    }

    internal static long[] Draw(int seed, double sigma, int count)
    {
        var sums = new long[count];
        using var noise = new GaussianNoise(Key(seed), sigma);
        noise.AddTo(sums, 0);
        return sums;
    }

    private static void InterlockedMax(ref double largest, double value)
    {
        for (var seen = largest; value > seen;)
        {
            var before = Interlocked.CompareExchange(ref largest, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
