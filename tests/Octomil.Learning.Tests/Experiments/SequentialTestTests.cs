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
    public void Compare_OfDevicesThatDifferAmongThemselves_IsRightForDevices_WhereAnswersAreNotIndependent()
    {
        const int Experiments = 400, Looks = 150, Answers = 50;
        var (byDevice, byAnswer) = (0, 0);

        for (var i = 0; i < Experiments; i++)
        {
            var (random, test) = (new Random(i), new SequentialTest(0.05, 0.05));
            var (control, treatment) = (default(Arms), default(Arms));
            var (wrongDevice, wrongAnswer) = (false, false);
            for (var look = 0; look < Looks; look++)
            {
                // A quarter of the devices get the treatment; nothing is better about it.
                control = Enumerable.Range(0, 3).Aggregate(control, (arm, _) => arm.Add(random, Answers));
                treatment = treatment.Add(random, Answers);
                wrongDevice |= test.Compare(control.Devices, treatment.Devices)?.IsSignificant ?? false;
                wrongAnswer |= test.Compare(control.Answers, treatment.Answers)?.IsSignificant ?? false;
            }

            byDevice += wrongDevice ? 1 : 0;
            byAnswer += wrongAnswer ? 1 : 0;
        }

        // 0.05, and three standard deviations of the count of so many experiments.
        Assert.InRange(byDevice / (double)Experiments, 0, 0.05 + (3 * Math.Sqrt(0.05 * 0.95 / Experiments)));

        // Taking a device's answers for independent observations: the reason why devices are counted.
        Assert.InRange(byAnswer / (double)Experiments, 0.2, 1);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(0.02)]
    public void Compare_OfABetterTreatment_FindsItWhateverEffectWasExpected(double effect)
    {
        const int Experiments = 200;
        var found = 0;

        for (var i = 0; i < Experiments; i++)
        {
            var (random, test) = (new Random(i), new SequentialTest(effect, 0.05));
            var (control, treatment) = (default(Arms), default(Arms));
            for (var device = 0; device < 500; device++)
            {
                (control, treatment) = (control.Add(random, 20), treatment.Add(random, 20, better: 0.06));
            }

            found += test.Compare(control.Devices, treatment.Devices)!.IsSignificant ? 1 : 0;
        }

        // 0.06 was the truth: a wrong guess costs power, and far less than certainty.
        Assert.InRange(found / (double)Experiments, effect is 0.05 ? 0.95 : 0.8, 1);
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
    public void Moments_SummedElsewhere_AreTheSame()
    {
        var values = Enumerable.Range(0, 50).Select(i => Math.Sin(i)).ToArray();
        var mean = values.Average();

        var moments = ArmMoments.From(50, mean, values.Sum(value => (value - mean) * (value - mean)));

        Assert.Equal(ArmMoments.Of(values).Mean, moments.Mean, 12);
        Assert.Equal(ArmMoments.Of(values).Variance, moments.Variance, 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => ArmMoments.From(2, double.NaN, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ArmMoments.From(2, 0, -1));
    }

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

    // One arm, its devices' means and its answers.
    private readonly record struct Arms(ArmMoments Devices, ArmMoments Answers)
    {
        // Each device is right about its own patients more or less often than others are.
        public Arms Add(Random random, int answers, double better = 0)
        {
            var chance = Math.Clamp(0.7 + better + (0.15 * Normal(random)), 0, 1);
            var (right, all) = (0, Answers);
            for (var answer = 0; answer < answers; answer++)
            {
                var isRight = random.NextDouble() < chance;
                right += isRight ? 1 : 0;
                all = all.Add(isRight ? 1 : 0);
            }

            return new Arms(Devices.Add((double)right / answers), all);
        }
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
