namespace Octomil.Learning.Strategies;

/// <summary>
/// m = b1 m + (1 - b1) Delta; v = v - (1 - b2) Delta^2 sign(v - Delta^2); x += eta m / (sqrt v + tau), without bias correction (Reddi et al.
/// 2021, "Adaptive Federated Optimization", Algorithm 2). State: m, from 0, and v, from tau^2.
/// </summary>
internal sealed class YogiOptimizer(AdaptiveConstants constants) : IServerOptimizer
{
    public int StateVectors => 2;

    public void InitializeState(int index, Span<double> state) => state.Fill(index == 0 ? 0 : constants.InitialVariance);

    public void Apply(ReadOnlySpan<double> aggregate, Span<double> weights, Span<double> state)
    {
        OptimizerRules.CheckLengths(StateVectors, aggregate, weights, state);
        var first = state[..aggregate.Length];
        var second = state[aggregate.Length..];
        for (var i = 0; i < aggregate.Length; i++)
        {
            first[i] = (constants.Beta1 * first[i]) + ((1 - constants.Beta1) * aggregate[i]);
            second[i] = Variance(second[i], aggregate[i] * aggregate[i]);
            weights[i] += constants.LearningRate * first[i] / (Math.Sqrt(second[i]) + constants.Tau);
        }
    }

    private double Variance(double state, double square) => state - ((1 - constants.Beta2) * square * Math.Sign(state - square));
}
