namespace Octomil.Learning.Strategies;

/// <summary>The named rule from updates to new weights, with its parameters checked.</summary>
public sealed class AggregationStrategy
{
    internal AggregationStrategy(string name, IReadOnlyDictionary<string, string> parameters, IServerOptimizer optimizer)
        : this(name, parameters, _ => optimizer)
    {
    }

    internal AggregationStrategy(string name, IReadOnlyDictionary<string, string> parameters, Func<RoundFacts, IServerOptimizer> optimizerOf) =>
        (Name, Parameters, OptimizerOf) = (name, parameters, optimizerOf);

    /// <summary>One of <see cref="AggregationStrategies"/>; never an alias.</summary>
    public string Name { get; }

    /// <summary>Every parameter of the strategy with the value in use, numbers in their shortest form, sorted by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>What an update counts for.</summary>
    public Weighting Weighting { get; internal init; } = Weighting.Examples;

    /// <summary>What a round has to keep for it.</summary>
    public AggregationNeeds Needs { get; internal init; } = AggregationNeeds.Sums;

    /// <summary>The fewest updates that it is defined for.</summary>
    public int MinUpdates { get; internal init; } = 1;

    /// <summary>mu of the <see cref="ProximalTerm"/> that devices train with, where the strategy has one.</summary>
    public double? ProximalMu { get; internal init; }

    /// <summary>alpha of the <see cref="DynamicTerm"/> that devices train with, where the strategy has one.</summary>
    public double? DynamicAlpha { get; internal init; }

    /// <summary>The buffer of an asynchronous strategy; null where rounds are synchronous.</summary>
    public UpdateBuffering? Buffering { get; internal init; }

    /// <summary>With <see cref="AggregationNeeds.SumsOfBuckets"/>: how many buckets; null: one for each organization.</summary>
    public int? Buckets { get; internal init; }

    /// <summary>The length whose median over earlier rounds is the next one's bound, where the parameters name no bound.</summary>
    public MeasuredLength Measures { get; internal init; }

    /// <summary>Why it cannot be private although it is a strategy of sums; null where it can.</summary>
    public string? PrivacyObstacle { get; internal init; }

    /// <summary>Why it cannot go with this optimizer of the devices (<c>sgd</c>, <c>adam</c>); null where it can.</summary>
    public string? ObstacleWith(string localOptimizer) => NeedsSgd && localOptimizer != "sgd"
        ? $"The strategy '{Name}' reads the devices' gradients off their steps, so it needs the optimizer 'sgd'."
        : null;

    /// <summary>How the aggregate is applied to the base weights, where that does not depend on the round.</summary>
    public IServerOptimizer Optimizer => OptimizerOf(new RoundFacts());

    /// <summary>How a round's aggregate is applied to the base weights.</summary>
    public Func<RoundFacts, IServerOptimizer> OptimizerOf { get; }

    internal Func<RuleSetting, ISumRule>? SumRule { get; init; }

    internal Func<RuleSetting, int, IUpdateRule>? UpdateRule { get; init; }

    internal bool NeedsSgd { get; init; }

    /// <summary>How updates enter sums. Strategies that need every update have the plain mean here: it says what an update weighs.</summary>
    public ISumRule SumRuleOf(RuleSetting setting) =>
        SumRule?.Invoke(setting) ?? new MeanRule(setting.UniformWeights || Weighting is Weighting.Uniform);

    /// <summary>With <see cref="AggregationNeeds.AllUpdates"/>: the rule for so many updates.</summary>
    /// <exception cref="InvalidOperationException">It is a strategy of sums.</exception>
    public IUpdateRule UpdateRuleOf(RuleSetting setting, int updates) =>
        UpdateRule?.Invoke(setting, updates) ?? throw new InvalidOperationException($"'{Name}' works on sums.");

    /// <summary>Refuses what it does not go together with, before a run starts.</summary>
    /// <exception cref="StrategyException">It cannot be private, or cannot work on what the server cannot read.</exception>
    public void Check(bool isPrivate, bool isSecure)
    {
        Needs.Check(Name, isPrivate, isSecure);

        if (isPrivate && PrivacyObstacle is not null)
        {
            throw new StrategyException($"'{Name}' cannot be combined with differential privacy: {PrivacyObstacle}");
        }
    }
}
