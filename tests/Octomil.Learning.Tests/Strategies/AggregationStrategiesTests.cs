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
    public void Create_WithoutParameters_HasTheDefaults(string name, string parameters)
    {
        var strategy = AggregationStrategies.Create(name, None);

        Assert.Equal(name, strategy.Name);
        Assert.Equal(parameters, string.Join(';', strategy.Parameters.Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal(Weighting.Examples, strategy.Weighting);
        Assert.Equal(name == "fedprox" ? 0.01 : null, strategy.ProximalMu);
    }

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

        optimizer.Apply(aggregate, weights, state);
        return (weights, state);
    }
}
