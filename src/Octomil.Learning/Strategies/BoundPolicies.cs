namespace Octomil.Learning.Strategies;

/// <summary>Norm bounding (Sun et al. 2019). Without a bound it is the median over earlier rounds, and in the first round the round's own.</summary>
internal sealed class NormBoundPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.NormBound;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.Length("max_norm")];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var maxNorm = arguments.NumberOrWord("max_norm");
        return new(Name, arguments.Values, new PlainOptimizer(1))
        {
            SumRule = setting => (maxNorm ?? setting.Bound) is { } bound ? new NormBoundRule(bound) : new UnitLengthRule(),
            Weighting = Weighting.Uniform,
            Measures = maxNorm is null ? MeasuredLength.Norm : MeasuredLength.None,
            PrivacyObstacle = maxNorm is null ? "a bound that follows from the updates' own norms is not covered by the noise. Give a max_norm." : null,
        };
    }
}

/// <summary>
/// Centered clipping (Karimireddy, He and Jaggi 2021) around the last aggregate: in one step as sums, in several over the stored updates. Without a
/// tau it is the median distance over earlier rounds, and in the first round the round's own.
/// </summary>
internal sealed class CenteredClipPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.CenteredClip;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.Length("tau"), StrategyParameter.Whole("iterations", 1, 1, 100)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var (tau, iterations) = (arguments.NumberOrWord("tau"), (int)arguments.Number("iterations"));
        var measures = tau is null ? MeasuredLength.Distance : MeasuredLength.None;
        return iterations == 1
            ? new(Name, arguments.Values, round => new ReferenceOptimizer(round.Scale.OfReference))
            {
                Needs = AggregationNeeds.SumsAroundReference,
                SumRule = setting => (tau ?? setting.Bound) is { } bound ? new CenteredClipRule(bound) : new UnitLengthRule(),
                Weighting = Weighting.Uniform,
                Measures = measures,
                PrivacyObstacle = "how much of the last aggregate stays depends on the updates and is not covered by the noise. Use 'normbound' with a max_norm.",
            }
            : new(Name, arguments.Values, new ReferenceOptimizer(0))
            {
                Needs = AggregationNeeds.AllUpdates,
                UpdateRule = (setting, _) => new IteratedCenteredClipRule(tau ?? setting.Bound ?? 1, iterations),
                Weighting = Weighting.Uniform,
                Measures = tau is null ? MeasuredLength.Norm : MeasuredLength.None,
            };
    }
}

/// <summary>The coordinate-wise median of the means of buckets (Karimireddy, He and Jaggi 2022, "Byzantine-Robust Learning on Heterogeneous Datasets via Bucketing").</summary>
internal sealed class BucketMedianPolicy : IStrategyPolicy
{
    private const string Organizations = "organizations";

    public string Name => AggregationStrategies.BucketMedian;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.Whole("buckets", 3, 3, 64).Or(Organizations)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var buckets = (int?)arguments.NumberOrWord("buckets");
        return new(Name, arguments.Values, new PlainOptimizer(1))
        {
            Needs = AggregationNeeds.SumsOfBuckets, Buckets = buckets, Weighting = Weighting.Uniform, MinUpdates = 3,
        };
    }
}
