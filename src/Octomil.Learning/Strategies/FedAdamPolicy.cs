namespace Octomil.Learning.Strategies;

/// <summary>FedAvg with <see cref="AdamOptimizer"/> on the server (Reddi et al. 2021).</summary>
internal sealed class FedAdamPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedAdam;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = AdaptiveParameters.Create(learningRate: 0.1, beta1: 0.9);

    public AggregationStrategy Create(StrategyArguments arguments) =>
        new(Name, arguments.Values, new AdamOptimizer(AdaptiveParameters.Read(arguments)));
}
