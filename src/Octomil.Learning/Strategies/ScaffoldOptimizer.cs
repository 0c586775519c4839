namespace Octomil.Learning.Strategies;

/// <summary>
/// x += eta mean(dy); c += (S/N) mean(dc) (Karimireddy et al. 2020, SCAFFOLD, algorithm 1, lines 16 and 17). The aggregate is both means one after
/// the other. State: c, from 0.
/// </summary>
/// <param name="learningRate">eta.</param>
/// <param name="participation">S/N: the round's updates over all devices of the run, above 0 and at most 1.</param>
internal sealed class ScaffoldOptimizer(double learningRate, double participation) : IServerOptimizer
{
    public int StateVectors => 1;

    public int AggregateVectors => 2;

    public void InitializeState(int index, Span<double> state) => state.Clear();

    public void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(aggregate.Length, 2 * weights.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, weights.Length);
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] += learningRate * aggregate[i];
        }

        Scaffold.Apply(aggregate[weights.Length..], participation, state);
    }
}
