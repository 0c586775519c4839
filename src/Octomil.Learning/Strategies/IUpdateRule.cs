using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>
/// A rule that needs every update: they are kept, encrypted, until the round is sealed, and read in passes. Its result has no sensitivity
/// that shrinks with the cohort, and nothing can be computed from a sum: it goes together neither with privacy nor with secure aggregation.
/// </summary>
public interface IUpdateRule
{
    /// <summary>The fewest updates that the rule is defined for.</summary>
    int MinUpdates { get; }

    /// <summary>The first pass.</summary>
    /// <param name="weights">One for each update, above 0; rules that count updates alike do not look at them.</param>
    /// <exception cref="StrategyException">There are too few updates.</exception>
    IUpdatePass Begin(IReadOnlyList<double> weights);
}
