namespace Octomil.Learning.Strategies;

/// <summary>
/// Applies an aggregate to the base weights. It works coordinate by coordinate and keeps nothing itself, so a big model is given in
/// blocks of any size and in any order; what it remembers between rounds are whole vectors that the caller keeps.
/// </summary>
public interface IServerOptimizer
{
    /// <summary>How many vectors of the model's size are kept between rounds.</summary>
    int StateVectors { get; }

    /// <summary>How many aggregates it takes: two where devices send controls beside their differences.</summary>
    int AggregateVectors => 1;

    /// <summary>Fills one block of a state vector for the first round.</summary>
    /// <param name="index">Which vector, from 0.</param>
    /// <param name="state">The block.</param>
    void InitializeState(int index, Span<double> state);

    /// <summary>One step on one block.</summary>
    /// <param name="aggregate">The mean difference of the round; n long, or <see cref="AggregateVectors"/> times that, one block after the other.</param>
    /// <param name="weights">The base weights, which become the new ones; n long.</param>
    /// <param name="state">The blocks of all state vectors one after the other, <see cref="StateVectors"/> times n long; updated.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state);
}
