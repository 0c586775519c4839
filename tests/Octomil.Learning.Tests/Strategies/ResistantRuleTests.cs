using CsCheck;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

/// <summary>What every rule against bad updates must hold to.</summary>
public sealed class ResistantRuleTests
{
    private const int Updates = 11;
    private const int Bad = 2;
    private static readonly Gen<double[][]> Good = Gen.Double[-1, 1].Array[1, 40].SelectMany(first => Gen.Double[-1, 1].Array[first.Length].Array[Updates]);

    public static TheoryData<string> Names => ["median", "trimmed", "krum", "multikrum", "bulyan", "rfa", "centeredclip"];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyOrder_GivesTheSameAggregate(string name) => Gen.Select(Gen.Int, Gen.Int[1, 40]).Sample(sample =>
    {
        // Bulyan's last choice is by the nearest f - 1 others: with one, the two that are nearest to each other tie, and the cohort's order decides.
        var rule = name == "bulyan" ? new BulyanRule(3) : RuleOf(name);
        var random = new Random(sample.Item1);
        double[][] updates = [.. Enumerable.Range(0, 15).Select(_ => Enumerable.Range(0, sample.Item2).Select(_ => random.NextDouble() - 0.5).ToArray())];
        var shuffled = updates.ToArray();
        random.Shuffle(shuffled);

        AssertClose(MemoryUpdates.Aggregate(rule, updates), MemoryUpdates.Aggregate(rule, shuffled), 1e-9);
    }, iter: 300);

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyBlockLength_GivesTheSameAggregate(string name) => Gen.Select(Good, Gen.Int[1, 50]).Sample(sample =>
        AssertClose(MemoryUpdates.Aggregate(RuleOf(name), sample.Item1), MemoryUpdates.Aggregate(RuleOf(name), sample.Item1, blockLength: sample.Item2), 1e-9), iter: 300);

    [Theory]
    [MemberData(nameof(Names))]
    public void EqualUpdates_GiveThatUpdate(string name) => Gen.Double[-0.3, 0.3].Array[1, 10].Sample(update =>
        AssertClose(update, MemoryUpdates.Aggregate(RuleOf(name), [.. Enumerable.Repeat(update, Updates)]), 1e-9), iter: 300);

    /// <summary>Below its breakdown point a rule stays near the good updates whatever the bad ones send; the mean does not.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void BadUpdates_CannotMoveTheAggregateFar(string name) => Gen.Select(Good, Gen.Double[-1e9, 1e9].Array[40].Array[Bad]).Sample(sample =>
    {
        var (updates, bad) = sample;
        for (var i = 0; i < Bad; i++)
        {
            updates[i * 4] = bad[i][..updates[0].Length];
        }

        var aggregate = MemoryUpdates.Aggregate(RuleOf(name), updates);

        // The good are within 1 of 0 in every coordinate. Three Weiszfeld steps from a mean that is 1e8 off shrink it, but are not at the end yet.
        Assert.All(aggregate, value => Assert.InRange(value, -1.001, 1.001));
    }, iter: 300);

    /// <summary>One more bad update than a rule is made for does move it: the bound above is not idle.</summary>
    [Fact]
    public void TooManyBadUpdates_MoveTheMedian()
    {
        double[][] updates = [.. Enumerable.Repeat(new[] { 0.0 }, 5), .. Enumerable.Repeat(new[] { 1e9 }, 6)];

        Assert.Equal([1e9], MemoryUpdates.Aggregate(new MedianRule(), updates));
        Assert.Equal([0.0], MemoryUpdates.Aggregate(new MedianRule(), [.. updates.SkipLast(1), [0.0]]));
    }

    [Fact]
    public void RulesWithNothingToCut_AreTheMean() => Good.Sample(updates =>
    {
        var mean = StrategyVector.Mean(updates, [.. updates.Select(_ => 1.0)]);

        AssertClose(mean, MemoryUpdates.Aggregate(new TrimmedMeanRule(0.05), updates), 1e-12);
        AssertClose(mean, MemoryUpdates.Aggregate(new KrumRule(0, Updates), updates), 1e-12);
        AssertClose(mean, MemoryUpdates.Aggregate(new IteratedCenteredClipRule(1e6, 1), updates), 1e-12);
        AssertClose(mean, SumRuleVectorTests.Aggregate(new NormBoundRule(1e6), updates, _ => default), 1e-12);
    }, iter: 300);

    [Fact]
    public void ANormBound_HoldsForEveryDevice() => Gen.Select(Good, Gen.Double[0.01, 3], Gen.Double[1, 1e12]).Sample(sample =>
    {
        var (updates, bound, attack) = sample;
        updates[3] = [.. updates[3].Select(value => value * attack)];
        var with = SumRuleVectorTests.Aggregate(new NormBoundRule(bound), updates, _ => default);
        var without = SumRuleVectorTests.Aggregate(new NormBoundRule(bound), [.. updates.Where((_, i) => i != 3)], _ => default);

        Assert.True(Math.Sqrt(Distances.Squared([.. with.Select(value => value * Updates)], [.. without.Select(value => value * (Updates - 1))])) <= bound * (1 + 1e-9));
    }, iter: 300);

    [Fact]
    public void Columns_AreSortedWhateverTheirNumber() => Gen.Int[1, 40].SelectMany(rows => Gen.Int[1, 150].SelectMany(length => Gen.Double[-5, 5].Array[rows * length].Select(values => (rows, length, values)))).Sample(sample =>
    {
        var (rows, length, values) = sample;
        var sorted = values.ToArray();
        new ColumnSort(rows).Run(new UpdateBlock(sorted, rows, length, length));

        for (var column = 0; column < length; column++)
        {
            Assert.Equal(values.Where((_, i) => i % length == column).Order(), sorted.Where((_, i) => i % length == column));
        }
    }, iter: 300);

    [Fact]
    public void ColumnSums_DoNotDependOnTheOrder() => Gen.Double[-1e9, 1e9].Array[1, 50].Sample(values =>
    {
        var sum = values.Aggregate(new ColumnSum(), (column, value) => column.Add(value));

        Assert.Equal(sum, values.Reverse().Aggregate(new ColumnSum(), (column, value) => column.Add(value)));
        Assert.Equal(new ColumnSum(), values.Aggregate(sum, (column, value) => column.Subtract(value)));
        Assert.Equal(values.Sum(), sum.Value, 1e-3);
    });

    [Fact]
    public void TooFewUpdates_AreRefusedWithTheNumberNeeded()
    {
        double[] five = [1, 1, 1, 1, 1];

        Assert.Contains("at least 7", Assert.Throws<StrategyException>(() => new KrumRule(2).Begin(five)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 11", Assert.Throws<StrategyException>(() => new BulyanRule(2).Begin(five)).Message, StringComparison.Ordinal);
        Assert.Contains("below 0.5", Assert.Throws<StrategyException>(() => new TrimmedMeanRule(0.5).Begin(five)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FactsThatAreMissing_AreAskedFor()
    {
        Assert.Contains("'steps'", Assert.Throws<StrategyException>(() => new FedNovaRule().Enter(new UpdateFacts { SampleCount = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("'loss'", Assert.Throws<StrategyException>(() => new QFedAvgRule(0.1, 0.1).Enter(new UpdateFacts { Loss = double.NaN })).Message, StringComparison.Ordinal);
        Assert.Contains("21 versions behind", Assert.Throws<StrategyException>(() => new FedBuffRule(20).Enter(new UpdateFacts { Staleness = 21 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NormHistory_IsTheMedianOfTheLastRounds()
    {
        var history = new NormHistory();
        Assert.Equal(double.PositiveInfinity, history.MaxNorm);

        history = Enumerable.Range(1, 20).Aggregate(history, (past, round) => past.Add([round, 1e9, 0]));

        // Rounds 6 to 20.
        Assert.Equal((15, 13.0), (history.Medians.Length, history.MaxNorm));
    }

    [Theory]
    [InlineData(AggregationNeeds.AllUpdates, true, false, "differential privacy")]
    [InlineData(AggregationNeeds.SumsOfBuckets, true, false, "differential privacy")]
    [InlineData(AggregationNeeds.AllUpdates, false, true, "secure aggregation")]
    [InlineData(AggregationNeeds.SumsAroundReference, false, true, "secure aggregation")]
    public void CombinationsThatCannotHold_AreRefused(AggregationNeeds needs, bool isPrivate, bool isSecure, string expected) =>
        Assert.Contains(expected, Assert.Throws<StrategyException>(() => needs.Check("krum", isPrivate, isSecure)).Message, StringComparison.Ordinal);

    private static IUpdateRule RuleOf(string name) => name switch
    {
        "median" => new MedianRule(),
        "trimmed" => new TrimmedMeanRule(0.2),
        "krum" => new KrumRule(Bad),
        "multikrum" => new KrumRule(Bad, taken: null),
        "bulyan" => new BulyanRule(Bad),
        "rfa" => new GeometricMedianRule(60, 1e-6),
        _ => new IteratedCenteredClipRule(0.5, 3),
    };

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second, pair.First - tolerance, pair.First + tolerance));
    }
}
