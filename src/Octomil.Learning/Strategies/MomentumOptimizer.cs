namespace Octomil.Learning.Strategies;

/// <summary>
/// v = beta v + Delta; x += eta v (Hsu et al. 2019, "Measuring the Effects of Non-Identical Data Distribution", FedAvgM). With Nesterov's
/// look-ahead x += eta (Delta + beta v). State: v, from 0.
/// </summary>
internal sealed class MomentumOptimizer(double learningRate, double momentum, bool nesterov = false) : IServerOptimizer
{
    public int StateVectors => 1;

    public void InitializeState(int index, Span<double> state) => state.Clear();

    public void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state)
    {
        OptimizerRules.CheckLengths(StateVectors, aggregate, weights, state);
        for (var i = 0; i < aggregate.Length; i++)
        {
            state[i] = (momentum * state[i]) + aggregate[i];
            weights[i] += learningRate * (nesterov ? aggregate[i] + (momentum * state[i]) : state[i]);
        }
    }
}
