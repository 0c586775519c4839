namespace Octomil.Learning.Privacy;

/// <summary>
/// A second accountant that shares no formula with <see cref="GaussianPrivacy"/>: Renyi differential privacy (Mironov 2017) on the
/// orders that other accountants use, so that reports can be compared with theirs. Its epsilon is an upper bound, typically 6 to 12 %
/// above the exact one; the ledger does not use it.
/// </summary>
public sealed class RenyiAccountant
{
    private readonly double[] _divergences = new double[Orders.Count];

    /// <summary>1.1 to 10.9 by 0.1, 11 to 63, 128, 256, 512, 1024.</summary>
    public static IReadOnlyList<double> Orders { get; } =
        [.. Enumerable.Range(11, 99).Select(tenth => tenth / 10.0), .. Enumerable.Range(11, 53).Select(order => (double)order), 128, 256, 512, 1024];

    /// <summary>Releases of Gaussian noise: RDP(alpha) = alpha / (2 z^2) each (Mironov 2017, proposition 7).</summary>
    /// <param name="noiseMultiplier">Standard deviation of the noise over the L2 sensitivity, from 0.</param>
    /// <param name="releases">How many, from 0.</param>
    public void AddGaussian(double noiseMultiplier, long releases) =>
        Add(noiseMultiplier, releases, order => order / (2 * noiseMultiplier * noiseMultiplier));

    /// <summary>
    /// Releases over a sample that takes in each device independently (Mironov, Talwar and Zhang 2019). For comparing with published
    /// figures: no round here is sampled like that, see <see cref="SamplingClaims"/>.
    /// </summary>
    /// <inheritdoc cref="AddGaussian"/>
    /// <param name="samplingRate">The probability of a device to be taken in, from 0 to 1.</param>
    public void AddPoisson(double samplingRate, double noiseMultiplier, long releases)
    {
        if (!(samplingRate is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(samplingRate), samplingRate, "A sampling rate must be from 0 to 1.");
        }

        if (samplingRate == 0)
        {
            return;
        }

        Add(noiseMultiplier, releases, order => samplingRate == 1
            ? order / (2 * noiseMultiplier * noiseMultiplier)
            : PoissonDivergence(order, samplingRate, noiseMultiplier));
    }

    /// <summary>The smallest epsilon over the orders (Canonne, Kamath and Steinke 2020, proposition 12); infinite where there is none.</summary>
    /// <param name="delta">From 0 to below 1.</param>
    public double Epsilon(double delta)
    {
        if (!(delta is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "Delta must be from 0 to below 1.");
        }

        return delta == 0
            ? _divergences.All(divergence => divergence == 0) ? 0 : double.PositiveInfinity
            : Math.Max(0, Orders.Zip(_divergences, (order, divergence) => Epsilon(order, divergence, delta)).Min());
    }

    /// <summary>
    /// 1/(alpha - 1) log E[((1 - q) + q e^((2x - 1)/(2 z^2)))^alpha] over x from N(0, z^2) (Mironov, Talwar and Zhang 2019, section 3.3), by
    /// the trapezoidal rule, which for such an analytic function converges faster than any power of the step.
    /// </summary>
    internal static double PoissonDivergence(double order, double samplingRate, double noiseMultiplier)
    {
        var (variance, step) = (noiseMultiplier * noiseMultiplier, noiseMultiplier / 16);
        var (first, last) = ((long)Math.Floor(-14 * noiseMultiplier / step), (long)Math.Ceiling((order + (14 * noiseMultiplier)) / step));
        var logs = new double[last - first + 1];
        for (var i = first; i <= last; i++)
        {
            var x = i * step;
            var drawn = Math.Log(samplingRate) + (((2 * x) - 1) / (2 * variance));
            logs[i - first] = (order * LogSum(Math.Log(1 - samplingRate), drawn)) - (x * x / (2 * variance));
        }

        var largest = logs.Max();
        var integral = logs.Sum(log => Math.Exp(log - largest)) * step / (noiseMultiplier * Math.Sqrt(2 * Math.PI));
        return Math.Max(0, largest + Math.Log(integral)) / (order - 1);
    }

    private static double LogSum(double a, double b)
    {
        var (high, low) = (Math.Max(a, b), Math.Min(a, b));
        return high + Math.Log(1 + Math.Exp(low - high));
    }

    // Below 1.01 the bound is not numerically sound; below the total variation of the divergence epsilon is 0.
    private static double Epsilon(double order, double divergence, double delta) =>
        (delta * delta) + Math.Exp(-divergence) - 1 > 0
            ? 0
            : divergence + Math.Log(1 - (1 / order)) - ((Math.Log(delta) + Math.Log(order)) / (order - 1));

    private void Add(double noiseMultiplier, long releases, Func<double, double> divergence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(releases);
        if (!(noiseMultiplier >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(noiseMultiplier), noiseMultiplier, "A noise multiplier must be a number from 0.");
        }

        for (var i = 0; i < _divergences.Length && releases > 0; i++)
        {
            _divergences[i] += noiseMultiplier == 0 ? double.PositiveInfinity : releases * divergence(Orders[i]);
        }
    }
}
