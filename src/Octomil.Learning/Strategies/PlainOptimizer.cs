namespace Octomil.Learning.Strategies;

/// <summary>x += eta * Delta (McMahan et al. 2017, "Communication-Efficient Learning of Deep Networks from Decentralized Data", Algorithm 1; eta = 1 there).</summary>
internal sealed class PlainOptimizer(double learningRate) : IServerOptimizer
{
    public int StateVectors => 0;

    public void InitializeState(int index, Span<double> state) => state.Clear();

    public void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state)
    {
        OptimizerRules.CheckLengths(StateVectors, aggregate, weights, state);
        for (var i = 0; i < aggregate.Length; i++)
        {
            weights[i] += learningRate * aggregate[i];
        }
    }
}
