using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>What a round's strategy makes of its updates, as the plan fixes it.</summary>
internal sealed class RoundRules
{
    private readonly RoundPlan _plan;

    private RoundRules(RoundPlan plan)
    {
        _plan = plan;
        Strategy = AggregationStrategies.Create(plan.Strategy, plan.StrategyParameters);
        Setting = new RuleSetting
        {
            LearningRate = plan.Training.LearningRate,
            Momentum = plan.Training.Optimizer == "sgd" ? plan.Training.Momentum : 0,
            UniformWeights = plan.UniformWeights,
            Bound = plan.LengthBound,
        };
        Rule = Strategy.SumRuleOf(Setting);
        FoldPlan = plan.Privacy is not null
            ? PrivateRound.GridOf(plan).Plan
            : new FoldPlan(plan.MaxMagnitude * Rule.MaxFactor, plan.UniformWeights ? 1 : plan.MaxSampleCount, Math.Max(1, plan.Devices.Length));
    }

    public AggregationStrategy Strategy { get; }

    public RuleSetting Setting { get; }

    public ISumRule Rule { get; }

    public FoldPlan FoldPlan { get; }

    /// <summary>Vectors of the model's size in one update.</summary>
    public int Vectors => Strategy.Needs is AggregationNeeds.SumsOfTwo ? 2 : 1;

    public bool KeepsUpdates => Strategy.Needs is AggregationNeeds.AllUpdates;

    /// <summary>The distance to the last aggregate has to be measured.</summary>
    public bool NeedsDistance => Strategy.Needs is AggregationNeeds.SumsAroundReference || Strategy.Measures is MeasuredLength.Distance;

    public static RoundRules Of(RoundPlan plan) => new(plan);

    public UpdateFacts FactsOf(UpdateSummary summary, int staleness) => new()
    {
        SampleCount = Math.Min(summary.SampleCount, _plan.MaxSampleCount),
        Steps = summary.Steps,
        Loss = summary.Loss ?? double.NaN,
        SumOfSquares = summary.SumOfSquares,
        Staleness = staleness,
    };

    /// <summary>The length that goes into the round's median; null where nobody asks for it.</summary>
    public double? LengthOf(UpdateFacts facts) => Strategy.Measures switch
    {
        MeasuredLength.Norm => Math.Sqrt(facts.SumOfSquares),
        MeasuredLength.Distance => Math.Sqrt(facts.SquaredDistance),
        _ => null,
    };
}
