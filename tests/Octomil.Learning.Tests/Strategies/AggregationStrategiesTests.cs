using CsCheck;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

public sealed class AggregationStrategiesTests
{
    private static readonly Dictionary<string, string> None = [];

    public static TheoryData<string> Names => [.. AggregationStrategies.Names];

    [Theory]
    [InlineData("fedavg", "server_lr=1;weighting=examples")]
    [InlineData("fedprox", "proximal_mu=0.01")]
    [InlineData("fedavgm", "momentum=0.9;server_lr=1")]
    [InlineData("fedadagrad", "beta1=0;beta2=0.99;server_lr=0.1;tau=0.001")]
    [InlineData("fedadam", "beta1=0.9;beta2=0.99;server_lr=0.1;tau=0.001")]
    [InlineData("fedyogi", "beta1=0.9;beta2=0.99;server_lr=0.01;tau=0.001")]
    [InlineData("fednova", "")]
    [InlineData("rfa", "iterations=3;nu=1E-06")]
    public void Create_WithoutParameters_HasTheDefaults(string name, string parameters)
    {
        var strategy = AggregationStrategies.Create(name, None);

        Assert.Equal(name, strategy.Name);
        Assert.Equal(parameters, string.Join(';', strategy.Parameters.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal(Weighting.Examples, strategy.Weighting);
        Assert.Equal(name == "fedprox" ? 0.01 : null, strategy.ProximalMu);
    }

    [Theory]
    [InlineData("scaffold", "server_lr=1", AggregationNeeds.SumsOfTwo)]
    [InlineData("fedbuff", "buffer=10;max_staleness=20;server_lr=1", AggregationNeeds.Sums)]
    [InlineData("qfedavg", "q=0.1", AggregationNeeds.Sums)]
    [InlineData("feddyn", "alpha=0.1", AggregationNeeds.Sums)]
    [InlineData("normbound", "max_norm=auto", AggregationNeeds.Sums)]
    [InlineData("centeredclip", "iterations=1;tau=auto", AggregationNeeds.SumsAroundReference)]
    [InlineData("bucketmedian", "buckets=organizations", AggregationNeeds.SumsOfBuckets)]
    [InlineData("fedtrimmedavg", "beta=0.1", AggregationNeeds.AllUpdates)]
    [InlineData("fedmedian", "", AggregationNeeds.AllUpdates)]
    [InlineData("krum", "f=auto", AggregationNeeds.AllUpdates)]
    [InlineData("multikrum", "f=auto;m=auto", AggregationNeeds.AllUpdates)]
    [InlineData("bulyan", "f=auto", AggregationNeeds.AllUpdates)]
    public void Create_OfAUniformStrategy_HasTheDefaults(string name, string parameters, AggregationNeeds needs)
    {
        var strategy = AggregationStrategies.Create(name, None);

        Assert.Equal(parameters, string.Join(';', strategy.Parameters.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal((Weighting.Uniform, needs), (strategy.Weighting, strategy.Needs));
    }

    [Theory]
    [InlineData("krum", "privacy")]
    [InlineData("bucketmedian", "privacy")]
    [InlineData("fednova", "privacy")]
    [InlineData("qfedavg", "privacy")]
    [InlineData("scaffold", "privacy")]
    [InlineData("centeredclip", "privacy")]
    [InlineData("normbound", "max_norm")]
    public void Check_OfAPrivateRun_RefusesWhatNoiseDoesNotCover(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<StrategyException>(() => AggregationStrategies.Create(name, None).Check(isPrivate: true, isSecure: false)).Message, StringComparison.Ordinal);

    [Fact]
    public void Check_OfANormBoundThatIsGiven_IsFine() =>
        AggregationStrategies.Create("normbound", new Dictionary<string, string> { ["max_norm"] = "2" }).Check(isPrivate: true, isSecure: false);

    [Theory]
    [InlineData("scaffold", "adam", true)]
    [InlineData("scaffold", "sgd", false)]
    [InlineData("fedavg", "adam", false)]
    public void ObstacleWith_ADevicesOptimizer_IsNamed(string name, string optimizer, bool isOne) =>
        Assert.Equal(isOne, AggregationStrategies.Create(name, None).ObstacleWith(optimizer) is not null);

    [Fact]
    public void Create_OfFedOpt_IsFedAdam() => Assert.Equal("fedadam", AggregationStrategies.Create("FedOpt", None).Name);

    [Fact]
    public void Create_WithParameters_KeepsThemInNormalForm()
    {
        var strategy = AggregationStrategies.Create("fedavg", new Dictionary<string, string> { ["server_lr"] = " 0.50", ["weighting"] = "uniform" });

        Assert.Equal(("0.5", Weighting.Uniform), (strategy.Parameters["server_lr"], strategy.Weighting));
    }

    [Theory]
    [InlineData("fedmagic", "fedavg, fedprox, fedavgm, fedadagrad, fedadam, fedyogi")]
    [InlineData("ditto", "not supported yet")]
    public void Create_OfAnUnknownName_ListsTheKnownOnes(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<StrategyException>(() => AggregationStrategies.Create(name, None)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("fedavg", "momentum", "0.9", "server_lr (a number above 0, at most 1000; default 1), weighting")]
    [InlineData("fedavg", "weighting", "best", "examples or uniform")]
    [InlineData("fedavg", "server_lr", "0", "above 0")]
    [InlineData("fedavg", "server_lr", "0,5", "above 0")]
    [InlineData("fedavg", "server_lr", "NaN", "above 0")]
    [InlineData("fedavgm", "momentum", "1", "below 1")]
    [InlineData("fedprox", "proximal_mu", "-1", "from 0")]
    [InlineData("fedadam", "tau", "Infinity", "above 0")]
    [InlineData("fednova", "rho", "0.9", "It has none")]
    [InlineData("krum", "f", "-1", "or auto")]
    [InlineData("krum", "f", "1.5", "whole number")]
    [InlineData("normbound", "max_norm", "organizations", "or auto")]
    [InlineData("bucketmedian", "buckets", "2", "or organizations")]
    [InlineData("fedtrimmedavg", "beta", "0.5", "below 0.5")]
    public void Create_WithAWrongParameter_SaysWhatIsKnown(string name, string parameter, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<StrategyException>(() => AggregationStrategies.Create(name, new Dictionary<string, string> { [parameter] = value })).Message, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Names))]
    public void Apply_InBlocks_IsTheSameAsAtOnce(string name) =>
        Gen.Double[-2, 2].Array[2, 30].SelectMany(aggregate => Gen.Int[1, aggregate.Length - 1].Select(cut => (aggregate, cut))).Sample(sample =>
        {
            var optimizer = AggregationStrategies.Create(name, None).Optimizer;
            var (whole, wholeState) = Run(optimizer, sample.aggregate);
            var (left, leftState) = Run(optimizer, sample.aggregate[..sample.cut]);
            var (right, rightState) = Run(optimizer, sample.aggregate[sample.cut..]);

            Assert.Equal(whole, left.Concat(right));
            Assert.Equal(wholeState.Order(), leftState.Concat(rightState).Order());
        });

    [Fact]
    public void ProximalTerm_OfFloats_AddsTheDistance()
    {
        float[] gradient = [1, 2];

        ProximalTerm.AddGradient(gradient, [3f, 4f], [1f, 8f], 0.5);

        Assert.Equal([2f, 0f], gradient);
    }

    private static (double[] Weights, double[] State) Run(IServerOptimizer optimizer, double[] aggregate)
    {
        var (weights, state) = (new double[aggregate.Length], new double[aggregate.Length * optimizer.StateVectors]);
        for (var index = 0; index < optimizer.StateVectors; index++)
        {
            optimizer.InitializeState(index, state.AsSpan(index * aggregate.Length, aggregate.Length));
        }

        optimizer.Apply([.. Enumerable.Repeat(aggregate, optimizer.AggregateVectors).SelectMany(values => values)], weights, state);
        return (weights, state);
    }
}
