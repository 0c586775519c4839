namespace Octomil.Learning.Strategies;

/// <summary>FedAvg with momentum on the server (Hsu et al. 2019).</summary>
internal sealed class FedAvgMPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedAvgM;

    public IReadOnlyList<StrategyParameter> Parameters { get; } =
        [StrategyParameter.Fraction("momentum", 0.9), StrategyParameter.Positive("server_lr", 1)];

    public AggregationStrategy Create(StrategyArguments arguments) =>
        new(Name, arguments.Values, new MomentumOptimizer(arguments.Number("server_lr"), arguments.Number("momentum")));
}
