namespace Octomil.Learning.Strategies;

/// <summary>
/// h -= (alpha/N) sum delta; x = mean(local) - h/alpha (Acar et al. 2021, "Federated Learning Based on Dynamic Regularization", algorithm 1).
/// State: h, from 0. The aggregate is the uniform mean of the differences.
/// </summary>
/// <param name="alpha">Above 0.</param>
/// <param name="participation">The round's updates over all devices of the run, above 0 and at most 1.</param>
public sealed class FedDynOptimizer(double alpha, double participation) : IServerOptimizer
{
    public int StateVectors => 1;

    public void InitializeState(int index, Span<double> state) => state.Clear();

    public void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state)
    {
        OptimizerRules.CheckLengths(StateVectors, aggregate, weights, state);
        for (var i = 0; i < aggregate.Length; i++)
        {
            state[i] -= alpha * participation * aggregate[i];
            weights[i] += aggregate[i] - (state[i] / alpha);
        }
    }
}
