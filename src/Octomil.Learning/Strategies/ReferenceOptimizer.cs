namespace Octomil.Learning.Strategies;

/// <summary>
/// x += aggregate, and the aggregate is kept: it is the reference of the next round (<see cref="CenteredClipRule"/>). State: the last aggregate, from 0.
/// </summary>
/// <param name="ofReference">How much of the last aggregate belongs to the new one: <see cref="SumScale.OfReference"/>.</param>
internal sealed class ReferenceOptimizer(double ofReference) : IServerOptimizer
{
    public int StateVectors => 1;

    public void InitializeState(int index, Span<double> state) => state.Clear();

    public void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state)
    {
        OptimizerRules.CheckLengths(StateVectors, aggregate, weights, state);
        for (var i = 0; i < aggregate.Length; i++)
        {
            state[i] = aggregate[i] + (ofReference * state[i]);
            weights[i] += state[i];
        }
    }
}
