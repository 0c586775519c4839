using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

/// <summary>
/// The distribution of the noise, under fixed keys. Each check would fail for one key in a million if the noise were perfect; what it
/// must not pass is written beside it. Under a fixed key the outcome is always the same.
/// </summary>
public sealed class NoiseDistributionTests
{
    private const int Count = 1 << 22;
    private const int Lanes = 16;

    // A normal variable is further than this from 0 with probability 1e-6.
    private const double OneInAMillion = 4.8916;

    private static readonly Lazy<double[]> Deviates = new(() => [.. GaussianNoiseTests.Draw(11, 1 << 24, Count).Select(noise => Math.ScaleB(noise, -24))]);

    [Fact]
    public void Mean_IsZero() => Assert.InRange(Deviates.Value.Average() * Math.Sqrt(Count), -OneInAMillion, OneInAMillion);

    // The sum of n squares has mean n and variance 2n; noise that is 0.4 % too small would be seen.
    [Fact]
    public void Variance_IsOne() => Assert.InRange((Deviates.Value.Sum(x => x * x) - Count) / Math.Sqrt(2.0 * Count), -OneInAMillion, OneInAMillion);

    // The fourth power has mean 3 and variance 96.
    [Fact]
    public void FourthMoment_IsThree() => Assert.InRange((Deviates.Value.Sum(x => x * x * x * x) - (3.0 * Count)) / Math.Sqrt(96.0 * Count), -OneInAMillion, OneInAMillion);

    // Kolmogorov and Smirnov: sqrt(n) D is above 2.694 with probability 2 exp(-2 2.694^2) = 1e-6.
    [Fact]
    public void Distribution_IsNormal()
    {
        var sorted = Deviates.Value.Order().ToArray();
        var distance = sorted.Index().Max(item => Math.Max(Math.Abs(Normal(item.Item) - ((double)item.Index / Count)), Math.Abs(Normal(item.Item) - ((item.Index + 1.0) / Count))));

        Assert.InRange(distance * Math.Sqrt(Count), 0, 2.694);
    }

    [Theory]
    [InlineData(3.0)]
    [InlineData(4.0)]
    [InlineData(4.5)]
    public void Tails_AreAsHeavyAsTheyMustBe(double beyond)
    {
        foreach (var sign in (double[])[-1, 1])
        {
            var probability = Normal(-beyond);
            var seen = Deviates.Value.Count(x => sign * x > beyond);

            Assert.InRange((seen - (Count * probability)) / Math.Sqrt(Count * probability), -OneInAMillion, OneInAMillion);
        }
    }

    // Few units to a standard deviation: the probability of each integer is the normal one of its unit. Chi-square with 8 degrees of
    // freedom is above 42.70 with probability 1e-6.
    [Fact]
    public void Integers_HaveTheProbabilityOfTheirUnit()
    {
        const double Sigma = 1.1;
        var noise = GaussianNoiseTests.Draw(12, Sigma, Count);
        var statistic = Enumerable.Range(-4, 9).Sum(bin =>
        {
            // The outermost bins hold everything beyond them.
            var below = bin == -4 ? 0 : Normal((bin - 0.5) / Sigma);
            var upTo = bin == 4 ? 1 : Normal((bin + 0.5) / Sigma);
            var expected = Count * (upTo - below);
            var seen = noise.Count(value => Math.Clamp(value, -4, 4) == bin);
            return (seen - expected) * (seen - expected) / expected;
        });

        Assert.InRange(statistic, 0, 42.70);
    }

    // The low bits of the noise must be uniform, for they hide the low bits of the sum: chi-square with 255 degrees, normal approximation
    // of Wilson and Hilferty 1931.
    [Fact]
    public void LowBits_AreUniform()
    {
        var counts = new int[256];
        foreach (var noise in GaussianNoiseTests.Draw(13, 1 << 24, Count))
        {
            counts[noise & 255]++;
        }

        var statistic = counts.Sum(seen => Math.Pow(seen - (Count / 256.0), 2) / (Count / 256.0));
        var spread = 2.0 / (9 * 255);
        Assert.InRange((Math.Cbrt(statistic / 255) - (1 - spread)) / Math.Sqrt(spread), -OneInAMillion, OneInAMillion);
    }

    // Each of the 512 products has mean 0 and variance 1 per chunk; together they keep to one in a million. The squares would show a
    // radius that two lanes share (Box and Muller's two deviates are independent only if angle and radius are).
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Lanes_AreUncorrelatedWithinAChunkAndWithTheNext(int power)
    {
        const double OneInAMillionOf512 = 6.02;
        var values = Deviates.Value.Select(x => power == 1 ? x : ((x * x) - 1) / Math.Sqrt(2)).ToArray();
        for (var first = 0; first < Lanes; first++)
        {
            for (var second = 0; second < 2 * Lanes; second++)
            {
                if (first != second)
                {
                    var sum = 0.0;
                    for (var chunk = 0; chunk + (2 * Lanes) <= Count; chunk += Lanes)
                    {
                        sum += values[chunk + first] * values[chunk + second];
                    }

                    Assert.InRange(sum / Math.Sqrt((Count / Lanes) - 1), -OneInAMillionOf512, OneInAMillionOf512);
                }
            }
        }
    }

    private static double Normal(double x) => x > 0 ? 1 - Normal(-x) : MillsRatio.Density(x) * MillsRatio.At(-x).Ratio;
}
