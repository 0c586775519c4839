using CsCheck;
using Xunit;

namespace Octomil.Training;

public sealed class PrivateRoundTests
{
    private static readonly float[] _extremes = [0, float.Epsilon, 1e-38f, float.MaxValue, -float.MaxValue, float.NaN, float.PositiveInfinity];

    private static readonly UpdateSummary Summary = new() { FullWeights = false, SampleCount = 10 };

    [Fact]
    public void Bound_OfAnyValues_KeepsTheIntegersWithinTheClip()
    {
        var value = Gen.OneOf(Gen.Float, Gen.Float[-1, 1], Gen.Int[0, _extremes.Length - 1].Select(index => _extremes[index]));

        Gen.Select(value.Array[1, 20], Gen.Double[1e-6, 1e6], Gen.Double[0.01, 1]).Sample((values, clip, factor) =>
        {
            var plan = Plan(new RoundPrivacy { Clip = clip, NoiseMultiplier = 1 });
            var grid = PrivateRound.GridOf(plan);

            var (bounded, _) = PrivateRound.Bound(plan, factor, values, Summary);

            var squares = values.Sum(one => Math.Pow((long)(one * (bounded / grid.Plan.Step)), 2));
            Assert.True(Math.Sqrt(squares) <= grid.SensitivityUnits, $"{Math.Sqrt(squares)} units, at most {grid.SensitivityUnits}");
        });
    }

    [Fact]
    public void Bound_OfAnUpdateWithinTheClip_OnlyTakesTheStrategysFactorAndTheBoundedWeight()
    {
        float[] values = [0.3f, -0.4f];

        var (factor, summary) = PrivateRound.Bound(Plan(new RoundPrivacy { Clip = 1, NoiseMultiplier = 1, SampleCap = 40 }), 0.5, values, Summary);

        Assert.Equal(0.5 * 10 / 40, factor, 1e-11);
        Assert.True(summary.WithinClip);
        Assert.False(PrivateRound.Bound(Plan(new RoundPrivacy { Clip = 0.1, NoiseMultiplier = 1 }), 1, values, Summary).Summary.WithinClip);
    }

    [Fact]
    public void Cost_WithAClipThatFollowsAQuantile_IsThatOfTheNoiseMultiplier()
    {
        var sigma = PrivateRound.CountSigmaOf(noiseMultiplier: 3, updates: 20);
        var privacy = new RoundPrivacy { Clip = 1, NoiseMultiplier = 3, ClipQuantile = 0.5, CountSigma = sigma };

        Assert.Equal(1 / 9.0, PrivateRound.CostOf(privacy), 1e-12);
        Assert.InRange(PrivateRound.UpdateNoiseOf(privacy), 3.0, 3.5);
    }

    [Fact]
    public void Shown_OfARound_IsOnlyHowManyTookPart()
    {
        var tally = new FoldTally(2);
        tally.Add(0, 1, Summary with { EvaluationCount = 5, EvaluationAccuracy = 0.5, EvaluationLoss = 1 });

        var shown = PrivateRound.Shown(tally.ToRoundTally(["org_00000001", "org_00000002"]));

        Assert.Equal((1, 0L, null, null, 0L), (shown.Updates, shown.Samples, shown.Accuracy, shown.Loss, shown.EvaluationCount));
        Assert.Equal([1, 0], shown.Organizations.Select(part => part.Updates));
        Assert.All(shown.Organizations, part => Assert.Equal(0, part.Samples));
    }

    private static RoundPlan Plan(RoundPrivacy privacy) => Plans.Of(devices: 2) with { Privacy = privacy };
}
