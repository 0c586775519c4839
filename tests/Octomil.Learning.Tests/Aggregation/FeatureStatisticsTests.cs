using CsCheck;
using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Tests.Aggregation;

public sealed class FeatureStatisticsTests
{
    private static readonly Gen<double[]> Values = Gen.Double[-1000, 1000].Array[0, 20];

    [Fact]
    public void Merge_OfParts_GivesTheStatisticsOfTheWhole() => Gen.Select(Values, Values, Values).Sample((a, b, c) =>
    {
        var whole = Of([.. a, .. b, .. c]);

        var merged = Of(a).Merge(Of(b)).Merge(Of(c));

        Assert.Equal(whole.Count, merged.Count);
        Assert.Equal(whole.Mean, merged.Mean, 1e-9);
        Assert.Equal(whole.Deviation, merged.Deviation, 1e-9);
    });

    [Fact]
    public void Merge_OfDevices_KeepsTheRowsAndEveryFeature()
    {
        var left = new InputStatistics(3, new Dictionary<string, FeatureStatistics> { ["a"] = Of([1, 2, 3]) });
        var right = new InputStatistics(2, new Dictionary<string, FeatureStatistics> { ["a"] = Of([4, 5]), ["b"] = Of([7]) });

        var merged = InputStatistics.Merge([left, InputStatistics.Empty, right]);

        Assert.Equal(5, merged.Rows);
        Assert.Equal(new FeatureStatistics(5, 3, 10), merged.Features["a"]);
        Assert.Equal(new FeatureStatistics(1, 7, 0), merged.Features["b"]);
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(1, double.NaN, 0)]
    [InlineData(1, 0, -1)]
    [InlineData(1, 0, double.PositiveInfinity)]
    public void Statistics_ThatNoDataHas_AreRefused(long count, double mean, double m2) => Assert.Throws<ArgumentException>(() =>
        new InputStatistics(1, new Dictionary<string, FeatureStatistics> { ["a"] = new(count, mean, m2) }));

    private static FeatureStatistics Of(double[] values)
    {
        var mean = values.Length == 0 ? 0 : values.Average();
        return new FeatureStatistics(values.Length, mean, values.Sum(value => (value - mean) * (value - mean)));
    }
}
