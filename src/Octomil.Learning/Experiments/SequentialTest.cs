namespace Octomil.Learning.Experiments;

/// <summary>
/// A two-sided test of two means that may be looked at as often as one likes: the mixture sequential probability ratio test with a normal
/// mixture (Johari, Koomen, Pekelis and Walsh, "Always Valid Inference: Continuous Monitoring of A/B Tests", Operations Research 2022,
/// eqs. 3 to 6; Robbins 1970). With the difference d of the means and V = var_a/n_a + var_b/n_b
/// <code>L = sqrt(V / (V + tau^2)) * exp(tau^2 d^2 / (2 V (V + tau^2))),   p = min(1, 1/L)</code>
/// and a confidence sequence of all differences at which L is below 1/alpha. An ordinary test that is looked at every day and stopped when
/// it is significant is wrong far more often than alpha says; this one is not, whenever it is stopped. Variances are estimated, so that
/// holds for large arms; below <see cref="FewestDevices"/> there is no verdict.
/// </summary>
/// <param name="effect">tau: the size of difference, in the metric's own unit, that the test is most sensitive to. Chosen before the data.</param>
/// <param name="alpha">Probability of ever calling a difference that is not there, in (0, 1).</param>
public sealed class SequentialTest(double effect, double alpha)
{
    /// <summary>Devices an arm needs before variances say anything.</summary>
    public const int FewestDevices = 10;

    private readonly double _tau2 = effect is > 0 and < double.PositiveInfinity
        ? effect * effect
        : throw new ArgumentOutOfRangeException(nameof(effect), effect, "The effect must be a positive number.");

    private readonly double _alpha = alpha is > 0 and < 1 ? alpha : throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "Alpha must be in (0, 1).");

    /// <summary>Compares the treatment with the control.</summary>
    /// <returns>Null where an arm has fewer devices than <see cref="FewestDevices"/>.</returns>
    public SequentialVerdict? Compare(ArmMoments control, ArmMoments treatment)
    {
        if (control.Count < FewestDevices || treatment.Count < FewestDevices)
        {
            return null;
        }

        var difference = treatment.Mean - control.Mean;
        var variance = (control.Variance / control.Count) + (treatment.Variance / treatment.Count);

        // Metrics that do not vary at all leave no doubt, except about ties.
        if (variance <= 0)
        {
            return new SequentialVerdict(difference, difference, difference, difference == 0 ? 1 : 0, difference != 0);
        }

        var spread = variance + _tau2;
        var logRatio = (0.5 * Math.Log(variance / spread)) + (_tau2 * difference * difference / (2 * variance * spread));
        var pValue = Math.Min(1, Math.Exp(-logRatio));
        var half = Math.Sqrt(2 * variance * spread / _tau2 * (Math.Log(1 / _alpha) + (0.5 * Math.Log(spread / variance))));
        return new SequentialVerdict(difference, difference - half, difference + half, pValue, pValue <= _alpha);
    }
}
