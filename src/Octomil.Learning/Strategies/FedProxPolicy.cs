namespace Octomil.Learning.Strategies;

/// <summary>FedAvg over devices that train with a <see cref="ProximalTerm"/> (Li et al. 2020).</summary>
internal sealed class FedProxPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedProx;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.NonNegative("proximal_mu", 0.01)];

    public AggregationStrategy Create(StrategyArguments arguments) =>
        new(Name, arguments.Values, new PlainOptimizer(learningRate: 1)) { ProximalMu = arguments.Number("proximal_mu") };
}
