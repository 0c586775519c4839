using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>What a strategy asks of the rounds of its run, beyond their sums.</summary>
internal static class RoundNeeds
{
    // The median of fewer is their mean, or one of them.
    private const int FewestBuckets = 3;

    /// <summary>Null where an order can be carried out with its strategy; otherwise why not.</summary>
    public static string? ObstacleOf(AggregationStrategy strategy, RunOrder order, long parameters, RoundOptions options)
    {
        if (strategy.ObstacleWith(order.Training.Optimizer) is { } obstacle)
        {
            return obstacle;
        }

        if (order.TargetUpdates < strategy.MinUpdates)
        {
            return $"'{strategy.Name}' needs at least {strategy.MinUpdates} updates a round with these parameters, but the target is {order.TargetUpdates}.";
        }

        return strategy is { Needs: AggregationNeeds.SumsOfBuckets } && !Fit(strategy.Buckets ?? FewestBuckets, parameters, options)
            ? $"'{strategy.Name}' keeps {strategy.Buckets ?? FewestBuckets} sums of {parameters} parameters or more, which is over the service's limit of {options.MostBuckets} and {options.BucketBudgetBytes >> 20} MB a round. Use 'fedmedian', or fewer buckets."
            : null;
    }

    /// <summary>The plan with what the strategy asks for.</summary>
    public static RoundPlan Complete(RoundPlan plan, AggregationStrategy strategy, RunState state, int population, RoundOptions options)
    {
        var median = new NormHistory { Medians = state.MedianLengths }.MaxNorm;
        var minUpdates = Math.Max(plan.MinUpdates, strategy.MinUpdates);
        return Divide(plan, strategy, state.ParameterCount, options) with
        {
            Population = population,
            LengthBound = double.IsFinite(median) ? median : null,
            DynamicAlpha = strategy.DynamicAlpha,
            HasControls = strategy.Needs is AggregationNeeds.SumsOfTwo,
            NeedsBaseLoss = strategy.Name == AggregationStrategies.QFedAvg,
            KeepsUpdates = strategy.Needs is AggregationNeeds.AllUpdates,
            MinUpdates = minUpdates,
            TargetUpdates = Math.Max(plan.TargetUpdates, minUpdates),
        };
    }

    /// <summary>Null where a round can be opened; otherwise what it waits for.</summary>
    public static string? WaitsFor(AggregationStrategy strategy, RoundPlan plan, long parameters, RoundOptions options) =>
        plan.Devices.Length < strategy.MinUpdates
            ? $"Waiting for devices: {plan.Devices.Length} ready, '{strategy.Name}' needs at least {strategy.MinUpdates}."
        : strategy is not { Needs: AggregationNeeds.SumsOfBuckets, Buckets: null } ? null
        : plan.Organizations.Length < FewestBuckets
            ? $"Waiting for devices of at least {FewestBuckets} organizations, whose medians '{strategy.Name}' takes; devices of {plan.Organizations.Length} are ready. In a run of one organization use --param buckets=N."
        : Fit(plan.Organizations.Length, parameters, options) ? null
        : $"The sums of {plan.Organizations.Length} organizations are over the service's limit of {options.MostBuckets} and {options.BucketBudgetBytes >> 20} MB a round; use --param buckets=N.";

    private static RoundPlan Divide(RoundPlan plan, AggregationStrategy strategy, long parameters, RoundOptions options)
    {
        if (strategy.Needs is AggregationNeeds.AllUpdates)
        {
            return plan;
        }

        if (strategy.Buckets is { } buckets)
        {
            return plan with { Buckets = buckets };
        }

        var vectors = strategy.Needs is AggregationNeeds.SumsOfTwo ? 2 : 1;
        return plan.Organizations.Length > 1 && Fit(plan.Organizations.Length, vectors * parameters, options)
            ? plan with { Buckets = plan.Organizations.Length, BucketsByOrganization = true }
            : plan;
    }

    private static bool Fit(int buckets, long parameters, RoundOptions options) =>
        buckets <= options.MostBuckets && sizeof(long) * parameters * buckets <= options.BucketBudgetBytes;
}
