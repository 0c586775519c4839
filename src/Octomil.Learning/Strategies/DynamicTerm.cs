namespace Octomil.Learning.Strategies;

/// <summary>
/// The device's part of FedDyn (Acar et al. 2021, "Federated Learning Based on Dynamic Regularization", equation 1): its loss grows by
/// -&lt;h_i, w&gt; + alpha/2 ||w - w_global||^2, so its gradient by -h_i + alpha (w - w_global). h_i stays on the device, from 0 on.
/// </summary>
public static class DynamicTerm
{
    /// <summary>The device's h_i after training: h_i - alpha (w - w_global) (algorithm 1, line 8).</summary>
    /// <param name="difference">w - w_global.</param>
    /// <param name="alpha">Above 0.</param>
    /// <param name="gradient">h_i; changed in place.</param>
    public static void Advance(ReadOnlySpan<float> difference, double alpha, Span<float> gradient)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, difference.Length);
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] = (float)(gradient[i] - (alpha * difference[i]));
        }
    }
}
