namespace Octomil.Learning.Strategies;

/// <summary>
/// Control variates against the drift of devices (Karimireddy et al. 2020, "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning",
/// algorithm 1). Devices train with the gradient g - c_i + c and send two differences, of weights and of controls, which are folded alike.
/// </summary>
public static class Scaffold
{
    /// <summary>The device's step: turns g into g - c_i + c (line 10).</summary>
    public static void Correct(Span<double> gradient, ReadOnlySpan<double> deviceControl, ReadOnlySpan<double> serverControl)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(deviceControl.Length, gradient.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(serverControl.Length, gradient.Length);
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] += serverControl[i] - deviceControl[i];
        }
    }

    /// <summary>The difference of the device's control after K steps: c_i+ - c_i = -c + (x - y) / (K lr) (line 12, option II).</summary>
    /// <param name="difference">y - x.</param>
    /// <param name="steps">K, from 1.</param>
    /// <param name="learningRate">Above 0.</param>
    /// <param name="controlDifference">Filled.</param>
    public static void ControlDifference(
        ReadOnlySpan<double> difference, ReadOnlySpan<double> serverControl, long steps, double learningRate, Span<double> controlDifference)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(serverControl.Length, difference.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(controlDifference.Length, difference.Length);
        for (var i = 0; i < difference.Length; i++)
        {
            controlDifference[i] = -serverControl[i] - (difference[i] / (steps * learningRate));
        }
    }

    /// <summary>The server's step: c += (S/N) mean(dc) (line 17); the weights take eta_g mean(dy) as in FedAvg.</summary>
    /// <param name="participation">S/N: the round's updates over all devices of the run, above 0 and at most 1.</param>
    public static void Apply(ReadOnlySpan<double> meanControlDifference, double participation, Span<double> serverControl)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(serverControl.Length, meanControlDifference.Length);
        for (var i = 0; i < serverControl.Length; i++)
        {
            serverControl[i] += participation * meanControlDifference[i];
        }
    }
}
