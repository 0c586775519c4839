namespace Octomil.Learning.Strategies;

/// <summary>The named rule from updates to new weights, with its parameters checked.</summary>
public sealed class AggregationStrategy
{
    internal AggregationStrategy(string name, IReadOnlyDictionary<string, string> parameters, IServerOptimizer optimizer) =>
        (Name, Parameters, Optimizer) = (name, parameters, optimizer);

    /// <summary>One of <see cref="AggregationStrategies"/>; never an alias.</summary>
    public string Name { get; }

    /// <summary>Every parameter of the strategy with the value in use, numbers in their shortest form, sorted by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>What an update counts for.</summary>
    public Weighting Weighting { get; internal init; } = Weighting.Examples;

    /// <summary>mu of the <see cref="ProximalTerm"/> that devices train with, where the strategy has one.</summary>
    public double? ProximalMu { get; internal init; }

    /// <summary>The buffer of an asynchronous strategy; null where rounds are synchronous.</summary>
    public UpdateBuffering? Buffering { get; internal init; }

    /// <summary>How the aggregate is applied to the base weights.</summary>
    public IServerOptimizer Optimizer { get; }
}
