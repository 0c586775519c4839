namespace Octomil.Learning.Strategies;

/// <summary>FedAvg with <see cref="AdagradOptimizer"/> on the server (Reddi et al. 2021).</summary>
internal sealed class FedAdagradPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedAdagrad;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = AdaptiveParameters.Create(learningRate: 0.1, beta1: 0);

    public AggregationStrategy Create(StrategyArguments arguments) =>
        new(Name, arguments.Values, new AdagradOptimizer(AdaptiveParameters.Read(arguments)));
}
