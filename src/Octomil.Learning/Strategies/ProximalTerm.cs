namespace Octomil.Learning.Strategies;

/// <summary>
/// The device's part of FedProx: its loss grows by mu/2 ||w - w_global||^2 (Li et al. 2020, "Federated Optimization in Heterogeneous
/// Networks", equation 2), so its gradient by mu (w - w_global).
/// </summary>
public static class ProximalTerm
{
    /// <summary>Adds the term to a gradient in place; all spans have the same length.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddGradient(Span<float> gradient, ReadOnlySpan<float> weights, ReadOnlySpan<float> globalWeights, double mu)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, gradient.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(globalWeights.Length, gradient.Length);
        var factor = (float)mu;
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] += factor * (weights[i] - globalWeights[i]);
        }
    }

    /// <inheritdoc cref="AddGradient(Span{float}, ReadOnlySpan{float}, ReadOnlySpan{float}, double)"/>
    public static void AddGradient(Span<double> gradient, ReadOnlySpan<double> weights, ReadOnlySpan<double> globalWeights, double mu)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, gradient.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(globalWeights.Length, gradient.Length);
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] += mu * (weights[i] - globalWeights[i]);
        }
    }
}
