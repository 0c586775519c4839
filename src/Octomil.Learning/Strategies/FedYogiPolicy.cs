namespace Octomil.Learning.Strategies;

/// <summary>FedAvg with <see cref="YogiOptimizer"/> on the server (Reddi et al. 2021).</summary>
internal sealed class FedYogiPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedYogi;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = AdaptiveParameters.Create(learningRate: 0.01, beta1: 0.9);

    public AggregationStrategy Create(StrategyArguments arguments) =>
        new(Name, arguments.Values, new YogiOptimizer(AdaptiveParameters.Read(arguments)));
}
