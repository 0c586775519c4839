namespace Octomil.Learning.Strategies;

/// <summary>FedNova (Wang et al. 2020): devices may make different numbers of steps.</summary>
internal sealed class FedNovaPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedNova;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [];

    public AggregationStrategy Create(StrategyArguments arguments) => new(Name, arguments.Values, new PlainOptimizer(1))
    {
        SumRule = setting => setting.Momentum > 0 ? new FedNovaRule(LocalTraining.Momentum, setting.Momentum) : new FedNovaRule(),
        PrivacyObstacle = "the numbers of steps of its devices, which say how much data they have, would be in the result without noise. Use 'fedavg'.",
    };
}

/// <summary>SCAFFOLD (Karimireddy et al. 2020): controls against the drift of devices whose data differ.</summary>
internal sealed class ScaffoldPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.Scaffold;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.Positive("server_lr", 1)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var learningRate = arguments.Number("server_lr");
        return new(Name, arguments.Values, round => new ScaffoldOptimizer(learningRate, round.Participation))
        {
            Needs = AggregationNeeds.SumsOfTwo,
            Weighting = Weighting.Uniform,
            NeedsSgd = true,
            PrivacyObstacle = "its two differences would have to be bounded together, which is not supported. Use 'fedavg' or 'fedprox'.",
        };
    }
}

/// <summary>q-FedAvg (Li et al. 2020): devices with a larger loss count more.</summary>
internal sealed class QFedAvgPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.QFedAvg;

    public IReadOnlyList<StrategyParameter> Parameters { get; } =
        [StrategyParameter.UpToFive("q", 0.1)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var q = arguments.Number("q");
        return new(Name, arguments.Values, new PlainOptimizer(1))
        {
            SumRule = setting => new QFedAvgRule(q, setting.LearningRate),
            Weighting = Weighting.Uniform,
            PrivacyObstacle = "the losses that it weighs by would be in its denominator without noise. Use 'fedavg'.",
        };
    }
}

/// <summary>FedDyn (Acar et al. 2021): each device's loss is corrected by what it learned before.</summary>
internal sealed class FedDynPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedDyn;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.Positive("alpha", 0.1)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var alpha = arguments.Number("alpha");
        return new(Name, arguments.Values, round => new FedDynOptimizer(alpha, round.Participation)) { Weighting = Weighting.Uniform, DynamicAlpha = alpha };
    }
}
