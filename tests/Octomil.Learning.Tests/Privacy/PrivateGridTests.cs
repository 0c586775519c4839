using System.Numerics;
using CsCheck;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class PrivateGridTests
{
    private static readonly Gen<PrivateGrid> Grid = Gen.Select(Gen.Double[-6, 6], Gen.Double[-2, 3], (clip, noise) => new PrivateGrid(Math.Pow(10, clip), Math.Pow(10, noise)));

    /// <summary>Floats of every size, denormals and the largest included.</summary>
    private static readonly Gen<float> Value = Gen.UInt.Select(BitConverter.UInt32BitsToSingle).Where(value => float.IsFinite(value));

    /// <summary>The heart of it, in exact arithmetic: whatever a device sends, it moves the sums by no more than the noise is made for.</summary>
    [Fact]
    public void AContribution_IsNeverLongerThanTheClip() =>
        (from grid in Grid
         from values in Gen.OneOf(Value.Array[1, 200], Gen.Float[-1, 1].Array[1, 200], Value.Select(value => Enumerable.Repeat(value, 150).ToArray()))
         from share in Gen.OneOf(Gen.Const(1.0), Gen.Double[0, 1])
         select (grid, values, share)).Sample(sample =>
        {
            var (grid, values, share) = sample;
            var factor = Clipping.Factor(values.Sum(value => (double)value * value), values.Length, grid.Clip, share);
            var sums = new ExactSums(values.Length);
            ExactFold.Add(sums, grid.Plan, [new FoldInput(values, factor, 1)]);

            var squared = sums.ToArray().Aggregate(BigInteger.Zero, (sum, value) => sum + ((BigInteger)value * value));
            var sensitivity = new BigInteger(Math.ScaleB(share * grid.SensitivityUnits, 20));
            Assert.True(squared << 40 <= sensitivity * sensitivity);
        });

    [Fact]
    public void AnyGrid_HasRoomForItsSumsAndItsNoise() => Grid.Sample(grid =>
    {
        Assert.InRange(grid.NoiseUnits, grid.NoiseMultiplier * grid.SensitivityUnits, GaussianNoise.MaxSigma);
        Assert.InRange(grid.SensitivityUnits, 1 << 15, 1 << 24);

        // A million devices and noise of 20 standard deviations stay within 62 bits.
        Assert.True((1_000_000 * grid.SensitivityUnits) + (20 * grid.NoiseUnits) < 1L << 62);
    });

    [Fact]
    public void ADevice_WithABillionExamples_WeighsOne() => Assert.Equal(1, Clipping.BoundedWeight(1_000_000_000, 100));

    [Fact]
    public void AdaptiveClip_FindsTheQuantile()
    {
        // Norms are uniform from 0 to 10: the clip goes to 7 where 70 % are within.
        var clip = new AdaptiveClip { Clip = 0.1, TargetQuantile = 0.7, CountSigma = 5 };
        for (var round = 0; round < 200; round++)
        {
            var sum = Enumerable.Range(0, 100).Sum(device => clip.Contribution((device + 0.5) / 10));
            using var noise = new GaussianNoise(GaussianNoiseTests.Key(round), clip.CountUnits);
            clip = clip.Next(AdaptiveClip.NoisyShare(sum, noise, 100));
        }

        Assert.InRange(clip.Clip, 6.3, 7.7);
    }

    [Theory]
    [InlineData(0, 1, "clipping norm is 0")]
    [InlineData(1, 0, "noise multiplier is 0")]
    [InlineData(1, double.NaN, "noise multiplier is NaN")]
    public void AGrid_OfNumbersOutOfRange_SaysWhatIsWrong(double clip, double noise, string expected) =>
        Assert.Contains(expected, Assert.Throws<PrivacyException>(() => new PrivateGrid(clip, noise)).Message, StringComparison.Ordinal);

    [Fact]
    public void Factor_OfAShareAboveOne_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Clipping.Factor(1, 1, 1, 2));
}
