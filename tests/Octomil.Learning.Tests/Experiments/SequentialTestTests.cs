using Octomil.Learning.Experiments;

namespace Octomil.Learning.Tests.Experiments;

public sealed class SequentialTestTests
{
    [Fact]
    public void Compare_OfKnownMoments_GivesThePublishedFormula()
    {
        // Means 0 and 0.25, variances 1 and 1 with 200 devices each, tau 0.1, alpha 0.05: computed with 50 digits elsewhere.
        var control = Arm(200, mean: 0, deviation: 1);
        var treatment = Arm(200, mean: 0.25, deviation: 1);

        var verdict = new SequentialTest(0.1, 0.05).Compare(control, treatment)!;

        Assert.Equal(0.25, verdict.Difference, 12);
        Assert.Equal(ExpectedP, verdict.PValue, 10);
        Assert.Equal(0.25 - ExpectedHalf, verdict.Low, 10);
        Assert.Equal(0.25 + ExpectedHalf, verdict.High, 10);
    }

    [Fact]
    public void Compare_AtEveryLookWithoutADifference_IsSignificantNoMoreOftenThanAlpha()
    {
        const int Experiments = 1000, Looks = 300;
        var test = new SequentialTest(0.3, 0.1);

        var (sequential, fixedSize) = (0, 0);
        for (var i = 0; i < Experiments; i++)
        {
            var (wrong, wrongIfFixed) = Peek(test, new Random(i), Looks, shift: 0);
            sequential += wrong ? 1 : 0;
            fixedSize += wrongIfFixed ? 1 : 0;
        }

        // An ordinary test that is looked at as often is far above its alpha: the reason for this one.
        Assert.InRange(sequential / (double)Experiments, 0, 0.1);
        Assert.InRange(fixedSize / (double)Experiments, 0.25, 1);
    }

    [Fact]
    public void Compare_WithADifference_FindsIt()
    {
        var test = new SequentialTest(0.3, 0.05);

        var found = Enumerable.Range(0, 200).Count(i => Peek(test, new Random(i), looks: 600, shift: 0.4).Sequential);

        Assert.InRange(found, 190, 200);
    }

    [Fact]
    public void Compare_SignificantExactlyWhereTheIntervalLeavesZeroOut()
    {
        var random = new Random(5);
        var test = new SequentialTest(0.2, 0.05);

        var verdicts = Enumerable.Range(0, 500)
            .Select(_ => test.Compare(Arm(50 + random.Next(200), 0, 1), Arm(50 + random.Next(200), random.NextDouble() - 0.5, 1))!)
            .ToList();

        Assert.All(verdicts, verdict => Assert.Equal(verdict.Low > 0 || verdict.High < 0, verdict.IsSignificant));
        Assert.Contains(verdicts, verdict => verdict.IsSignificant);
        Assert.Contains(verdicts, verdict => !verdict.IsSignificant);
    }

    [Fact]
    public void Compare_OfSmallArms_SaysNothing() =>
        Assert.Null(new SequentialTest(0.1, 0.05).Compare(Arm(SequentialTest.FewestDevices - 1, 0, 1), Arm(100, 5, 1)));

    [Fact]
    public void Compare_WithoutAnyVariation_IsCertain()
    {
        var test = new SequentialTest(0.1, 0.05);

        Assert.False(test.Compare(Constant(20, 0.9), Constant(20, 0.9))!.IsSignificant);
        Assert.True(test.Compare(Constant(20, 0.9), Constant(20, 0.8))!.IsSignificant);
    }

    [Theory]
    [InlineData(0, 0.05)]
    [InlineData(double.NaN, 0.05)]
    [InlineData(0.1, 0)]
    [InlineData(0.1, 1)]
    public void New_OfNonsense_IsRefused(double effect, double alpha) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(effect, alpha));

    [Fact]
    public void Moments_OfNotANumber_AreRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => default(ArmMoments).Add(double.NaN));

    private const double ExpectedP = 0.296435266536920;
    private const double ExpectedHalf = 0.365639487136385;

    // Two points for each pair of devices give exactly this mean and this unbiased variance.
    private static ArmMoments Arm(int devices, double mean, double deviation)
    {
        var pairs = devices / 2;
        var step = deviation * Math.Sqrt((devices - 1.0) / (2 * pairs));
        return ArmMoments.Of(Enumerable.Range(0, devices).Select(i => i == 2 * pairs ? mean : mean + (i % 2 == 0 ? step : -step)));
    }

    private static ArmMoments Constant(int devices, double value) => ArmMoments.Of(Enumerable.Repeat(value, devices));

    private static (bool Sequential, bool FixedSize) Peek(SequentialTest test, Random random, int looks, double shift)
    {
        var (control, treatment) = (default(ArmMoments), default(ArmMoments));
        var (sequential, fixedSize) = (false, false);
        for (var look = 0; look < looks; look++)
        {
            control = control.Add(Normal(random));
            treatment = treatment.Add(Normal(random) + shift);
            if (test.Compare(control, treatment) is { } verdict)
            {
                sequential |= verdict.IsSignificant;
                var z = verdict.Difference / Math.Sqrt((control.Variance / control.Count) + (treatment.Variance / treatment.Count));
                fixedSize |= Math.Abs(z) > 1.6449;
            }
        }

        return (sequential, fixedSize);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
