namespace Octomil.Learning.Strategies;

/// <summary>Strategies over the stored updates of a round: they share that nothing can be computed from a sum.</summary>
internal static class SelectionStrategies
{
    public static AggregationStrategy Create(
        string name, StrategyArguments arguments, int minUpdates, Func<RuleSetting, int, IUpdateRule> rule, Weighting weighting = Weighting.Uniform) =>
        new(name, arguments.Values, new PlainOptimizer(1)) { Needs = AggregationNeeds.AllUpdates, UpdateRule = rule, Weighting = weighting, MinUpdates = minUpdates };

    /// <summary>f: how many updates may be bad; auto: as many as the definition bears.</summary>
    public static StrategyParameter Bad { get; } = StrategyParameter.Whole("f", 0, 0, 10_000).Or(StrategyParameter.Auto);
}

internal sealed class FedMedianPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedMedian;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [];

    public AggregationStrategy Create(StrategyArguments arguments) => SelectionStrategies.Create(Name, arguments, 1, (_, _) => new MedianRule());
}

internal sealed class FedTrimmedAvgPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.FedTrimmedAvg;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [StrategyParameter.HalfShare("beta", 0.1)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var rule = new TrimmedMeanRule(arguments.Number("beta"));
        return SelectionStrategies.Create(Name, arguments, 1, (_, _) => rule);
    }
}

internal sealed class KrumPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.Krum;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [SelectionStrategies.Bad];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var bad = (int?)arguments.NumberOrWord("f");
        return SelectionStrategies.Create(Name, arguments, (2 * (bad ?? 0)) + 3, (_, updates) => new KrumRule(bad ?? MostBad(updates)));
    }

    /// <summary>n >= 2f + 3.</summary>
    public static int MostBad(int updates) => Math.Max(0, (updates - 3) / 2);
}

internal sealed class MultiKrumPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.MultiKrum;

    public IReadOnlyList<StrategyParameter> Parameters { get; } =
        [SelectionStrategies.Bad, StrategyParameter.Whole("m", 1, 1, 10_000).Or(StrategyParameter.Auto)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var (bad, taken) = ((int?)arguments.NumberOrWord("f"), (int?)arguments.NumberOrWord("m"));
        return SelectionStrategies.Create(
            Name, arguments, Math.Max((2 * (bad ?? 0)) + 3, taken ?? 1), (_, updates) => new KrumRule(bad ?? KrumPolicy.MostBad(updates), taken));
    }
}

internal sealed class BulyanPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.Bulyan;

    public IReadOnlyList<StrategyParameter> Parameters { get; } = [SelectionStrategies.Bad];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var bad = (int?)arguments.NumberOrWord("f");

        // n >= 4f + 3.
        return SelectionStrategies.Create(Name, arguments, (4 * (bad ?? 0)) + 3, (_, updates) => new BulyanRule(bad ?? Math.Max(0, (updates - 3) / 4)));
    }
}

internal sealed class GeometricMedianPolicy : IStrategyPolicy
{
    public string Name => AggregationStrategies.Rfa;

    public IReadOnlyList<StrategyParameter> Parameters { get; } =
        [StrategyParameter.Whole("iterations", 3, 1, 100), StrategyParameter.Positive("nu", 1e-6)];

    public AggregationStrategy Create(StrategyArguments arguments)
    {
        var rule = new GeometricMedianRule((int)arguments.Number("iterations"), arguments.Number("nu"));
        return SelectionStrategies.Create(Name, arguments, 1, (_, _) => rule, Weighting.Examples);
    }
}
