using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

public sealed class UpdateRuleVectorTests
{
    public static TheoryData<string> Rules => [.. new[]
    {
        "coordinate_median", "trimmed_mean", "krum", "multi_krum", "bulyan", "geometric_median_rfa", "centered_clipping",
    }.SelectMany(name => StrategyVector.Ids(name)).Select(row => row.Data)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rule_OfAVector_GivesItsAggregate(string id)
    {
        var vector = StrategyVector.ById(id);
        var weights = vector.Input.TryGetProperty("weights", out _) ? StrategyVector.Numbers(vector.Input, "weights") : null;
        var reference = vector.Input.TryGetProperty("reference", out _) ? StrategyVector.Numbers(vector.Input, "reference") : null;

        foreach (var blockLength in (int[])[1, 3, 1000])
        {
            StrategyVector.AssertClose(
                StrategyVector.Numbers(vector.Expected, "aggregate"),
                MemoryUpdates.Aggregate(RuleOf(vector), StrategyVector.Deltas(vector.Input), weights, reference, blockLength));
        }
    }

    [Fact]
    public void Krum_OfTheVectors_ChoosesTheirUpdates()
    {
        var krum = StrategyVector.ById("krum-34");
        var table = TableOf(krum);
        int[] all = [.. Enumerable.Range(0, table.Updates)];

        StrategyVector.AssertClose(StrategyVector.Numbers(krum.Expected, "scores"), [.. all.Select(update => table.Score(update, all, bad: 2))]);
        Assert.Equal(StrategyVector.Numbers(krum.Expected, "selected").Select(index => (int)index), new KrumRule(2).Select(table));
        var multi = StrategyVector.ById("multi_krum-35");
        Assert.Equal(StrategyVector.Numbers(multi.Expected, "selected").Select(index => (int)index), new KrumRule(2, 4).Select(TableOf(multi)));
        Assert.All(StrategyVector.Ids("bulyan"), row =>
        {
            var bulyan = StrategyVector.ById(row.Data);
            Assert.Equal(
                StrategyVector.Numbers(bulyan.Expected, "krum_selected").Select(index => (int)index),
                new BulyanRule((int)bulyan.Number("f", 0)).Select(TableOf(bulyan)));
        });
    }

    [Fact]
    public void BucketMedian_OfAVector_IsTheMedianOfItsMeans()
    {
        var vector = StrategyVector.ById("bucket_median_of_means-43");
        var deltas = StrategyVector.Deltas(vector.Input);
        var means = Buckets(vector).Select(bucket => StrategyVector.Mean([.. bucket.Select(update => deltas[update])], [.. bucket.Select(_ => 1.0)])).ToArray();
        var aggregate = new double[4];

        MedianRule.OfBuckets(new UpdateBlock([.. means.SelectMany(mean => mean)], means.Length, 4, 4), aggregate);

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "aggregate"), aggregate);
    }

    private static int[][] Buckets(StrategyVector vector) => [.. vector.Buckets.Select(bucket => bucket.EnumerateArray().Select(index => index.GetInt32()).ToArray())];

    private static DistanceTable TableOf(StrategyVector vector)
    {
        var deltas = StrategyVector.Deltas(vector.Input);
        var squared = Enumerable.Range(0, deltas.Length).SelectMany(a => Enumerable.Range(a + 1, deltas.Length - a - 1).Select(b => Distances.Squared(deltas[a], deltas[b])));
        return new DistanceTable(deltas.Length, [.. squared]);
    }

    private static IUpdateRule RuleOf(StrategyVector vector) => vector.Strategy switch
    {
        "coordinate_median" => new MedianRule(),
        "trimmed_mean" => new TrimmedMeanRule(vector.Number("beta", 0)),
        "krum" => new KrumRule((int)vector.Number("f", 0)),
        "multi_krum" => new KrumRule((int)vector.Number("f", 0), (int)vector.Number("m", 0)),
        "bulyan" => new BulyanRule((int)vector.Number("f", 0)),
        "geometric_median_rfa" => new GeometricMedianRule((int)vector.Number("iterations", 0), vector.Number("nu", 0)),
        _ => new IteratedCenteredClipRule(vector.Number("tau", 0), (int)vector.Number("iterations", 0)),
    };
}
