using System.Text.Json;
using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class UnitVectorTests
{
    [Fact]
    public void Budgets_AreThoseOfTheVectors()
    {
        Assert.All(UnitVectors.Of("gdp_budget"), item => UnitVectors.AssertClose(item.Number("mu_squared"), LimitOf(item).MuSquared));
        Assert.All(UnitVectors.Of("gdp_epsilon"), item => UnitVectors.AssertClose(item.Number("epsilon"), GaussianPrivacy.Epsilon(item.Number("mu"), item.Number("delta"))));
        Assert.All(UnitVectors.Of("rounds_affordable"), item =>
        {
            var cost = RoundCost.Of(item.Number("z"), item.Number("org_scale"));
            UnitVectors.AssertClose(item.Number("cost_mu_squared"), cost);
            Assert.Equal(item.GetProperty("rounds").GetInt64(), RoundCost.RoundsWithin(LimitOf(item), cost));
        });
        Assert.All(UnitVectors.Of("noise_for_rounds_gaussian"), item =>
            UnitVectors.AssertClose(item.Number("z"), RoundCost.NoiseMultiplierFor(LimitOf(item), item.GetProperty("rounds").GetInt32())));
        Assert.All(UnitVectors.Of("org_scale_for_rounds"), item =>
            UnitVectors.AssertClose(item.Number("scale"), RoundCost.ScaleFor(LimitOf(item), item.Number("z"), item.GetProperty("rounds").GetInt32())));
    }

    [Fact]
    public void Factor_OfAVector_ClipsIt() => Assert.All(UnitVectors.Of("clip"), item =>
    {
        var values = item.Numbers("v");
        var factor = Clipping.Factor(values.Sum(value => value * value), values.Length, item.Number("C"));

        Assert.All(item.Numbers("out").Zip(values), pair => UnitVectors.AssertClose(pair.First, pair.Second * factor));
    });

    [Fact]
    public void Fold_OfAVector_GivesItsIntegersAndItsResult() => Assert.All(UnitVectors.Of("dp_fold_integer"), item =>
    {
        var (clip, step) = (item.Number("C"), item.Number("step"));
        var weights = item.Numbers("weights");
        var quantised = item.Rows("deltas").Zip(weights, (delta, weight) =>
        {
            var scale = Clipping.Factor(delta.Sum(value => value * value), delta.Length, clip, weight) / step;
            return delta.Select(value => (long)(value * scale)).ToArray();
        }).ToArray();

        Assert.Equal(item.Rows("quantised").Select(row => row.Select(value => (long)value)), quantised);
        var sums = Enumerable.Range(0, quantised[0].Length).Select(i => quantised.Sum(row => row[i])).ToArray();
        Assert.Equal(item.Numbers("sum").Select(value => (long)value), sums);
        var noisy = sums.Zip(item.Numbers("noise_given"), (sum, noise) => sum + (long)noise);
        Assert.All(item.Numbers("result").Zip(noisy), pair => UnitVectors.AssertClose(pair.First, pair.Second * step / item.Number("denominator")));
        UnitVectors.AssertClose(item.Number("sigma_int"), item.Number("z") * clip / step);
    });

    [Fact]
    public void WeightedSums_OfAVector_AreItsOwn() => Assert.All(UnitVectors.Of("weighted_clipped_sum"), item =>
    {
        var cap = item.GetProperty("example_cap").GetInt64();
        var weights = item.Numbers("examples").Select(count => Clipping.BoundedWeight((long)count, cap)).ToArray();
        Assert.All(item.Numbers("weights").Zip(weights), pair => UnitVectors.AssertClose(pair.First, pair.Second));
        var factors = item.Rows("deltas").Zip(weights, (delta, weight) => Clipping.Factor(delta.Sum(value => value * value), delta.Length, item.Number("C"), weight)).ToArray();

        Assert.All(item.Numbers("sum").Index(), expected => UnitVectors.AssertClose(expected.Item, item.Rows("deltas").Zip(factors, (delta, factor) => delta[expected.Index] * factor).Sum()));
    });

    [Fact]
    public void AdaptiveClip_WithoutNoise_MovesAsInTheVectors() => Assert.All(UnitVectors.Of("adaptive_clip_noiseless"), item =>
    {
        var clip = new AdaptiveClip { Clip = item.Number("C0"), TargetQuantile = item.Number("target_quantile"), LearningRate = item.Number("eta"), CountSigma = 1 };
        foreach (var (share, expected) in item.Numbers("unclipped_fraction").Zip(item.Numbers("C").Skip(1)))
        {
            clip = clip.Next(share);
            UnitVectors.AssertClose(expected, clip.Clip);
        }
    });

    [Fact]
    public void AdaptiveClip_SharesTheNoiseAsInTheVectors() => Assert.All(UnitVectors.Of("adaptive_z_split"), item =>
    {
        var clip = new AdaptiveClip { CountSigma = item.Number("count_stddev") };
        if (item.GetProperty("value_noise_multiplier").ValueKind is JsonValueKind.Number)
        {
            UnitVectors.AssertClose(item.Number("value_noise_multiplier"), clip.UpdateNoiseMultiplier(item.Number("z")));
            UnitVectors.AssertClose(RoundCost.Of(item.Number("z")), clip.Cost(item.Number("z")));
        }
        else
        {
            Assert.Throws<PrivacyException>(() => clip.UpdateNoiseMultiplier(item.Number("z")));
        }
    });

    [Fact]
    public void Truncation_KeepsTheSensitivityOfTheVectors() => Assert.All(UnitVectors.Of("rounding_sensitivity"), item =>
        UnitVectors.AssertClose(item.Number("sens_truncate"), item.Number("C") / item.Number("step")));

    [Fact]
    public void Forecast_OfAVector_IsItsNoise() => Assert.All(UnitVectors.Of("noise_to_clip"), item =>
    {
        var forecast = NoiseForecast.Of(item.Number("C"), item.Number("z"), item.GetProperty("dim").GetInt64(), item.GetProperty("clients").GetInt64());

        UnitVectors.AssertClose(item.Number("noise_std_per_coord_of_mean"), forecast.PerCoordinate);
        UnitVectors.AssertClose(item.Number("noise_l2_over_C"), forecast.ToClip);
        Assert.Equal(item.Number("noise_l2_over_C") > 1, forecast.Warning is not null);
    });

    private static PrivacyLimit LimitOf(JsonElement item) => new() { Epsilon = item.Number("epsilon"), Delta = item.Number("delta") };
}
