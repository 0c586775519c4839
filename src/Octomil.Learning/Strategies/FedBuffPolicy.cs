namespace Octomil.Learning.Strategies;

/// <summary>
/// FedBuff (Nguyen et al. 2022, Algorithm 1): x += eta / K * sum of (1 + s)^(-1/2) Delta over the buffer; every update weighs the same
/// but for its staleness.
/// </summary>
internal sealed class FedBuffPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedBuff;

    public IReadOnlyList<StrategyParameter> Parameters { get; } =
    [
        StrategyParameter.Whole("buffer", 10, 1, 100_000), StrategyParameter.Whole("max_staleness", 20, 0, 100),
        StrategyParameter.Positive("server_lr", 1),
    ];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var buffering = new UpdateBuffering((int)arguments.Number("buffer"), (int)arguments.Number("max_staleness"));
        return new(Name, arguments.Values, new PlainOptimizer(arguments.Number("server_lr")))
        {
            SumRule = _ => new FedBuffRule(buffering.MaxStaleness), Weighting = Weighting.Uniform, Buffering = buffering,
        };
    }
}
