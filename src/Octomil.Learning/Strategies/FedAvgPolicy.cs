namespace Octomil.Learning.Strategies;

/// <summary>The weighted mean of the differences (McMahan et al. 2017).</summary>
internal sealed class FedAvgPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedAvg;

    public IReadOnlyList<StrategyParameter> Parameters { get; } =
        [StrategyParameter.Positive("server_lr", 1), StrategyParameter.OneOf("weighting", "examples", "uniform")];

    public AggregationStrategy Create(StrategyArguments arguments) =>
        new(Name, arguments.Values, new PlainOptimizer(arguments.Number("server_lr")))
        {
            Weighting = arguments.Word("weighting") == "uniform" ? Weighting.Uniform : Weighting.Examples,
        };
}
