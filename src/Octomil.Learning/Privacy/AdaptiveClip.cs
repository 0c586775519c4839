namespace Octomil.Learning.Privacy;

/// <summary>
/// The clip that follows a quantile of the updates' norms (Andrew et al. 2021, "Differentially Private Learning with Adaptive Clipping",
/// algorithm 1). Every update also says in one bit whether it was within the clip; the noisy share of those moves the clip geometrically.
/// </summary>
public sealed record AdaptiveClip
{
    // The noisy count lies on a grid of its own; a bit is this many units from the middle.
    private const long HalfBit = 1 << 20;

    /// <summary>C of the next round.</summary>
    public double Clip { get; init; } = 0.1;

    /// <summary>gamma: the share of updates that the clip shall leave as they are, from 0 to 1.</summary>
    public double TargetQuantile { get; init; } = 0.5;

    /// <summary>eta_C: how fast it moves.</summary>
    public double LearningRate { get; init; } = 0.2;

    /// <summary>The standard deviation of the noise on the count: a twentieth of the expected updates is usual.</summary>
    public required double CountSigma { get; init; }

    /// <summary>The noise multiplier for the updates when the count's noise shall not cost more: (z^-2 - (2 sigma_b)^-2)^(-1/2), which is above z.</summary>
    /// <param name="noiseMultiplier">z that the round is charged with.</param>
    /// <exception cref="PrivacyException">The count alone costs as much.</exception>
    public double UpdateNoiseMultiplier(double noiseMultiplier) => noiseMultiplier < 2 * CountSigma
        ? 1 / Math.Sqrt((1 / (noiseMultiplier * noiseMultiplier)) - (1 / (4 * CountSigma * CountSigma)))
        : throw new PrivacyException($"With a noise multiplier of {noiseMultiplier} the noise on the count of clipped updates must be above {noiseMultiplier / 2}, but is {CountSigma}. Take more devices a round, or a fixed clip.");

    /// <summary>mu^2 of a round for an organization of this scale: (s/z_updates)^2 + 1/(2 sigma_b)^2, which is z^-2 for a scale of 1.</summary>
    public double Cost(double noiseMultiplier, double scale = 1) =>
        RoundCost.Of(UpdateNoiseMultiplier(noiseMultiplier), scale) + (1 / (4 * CountSigma * CountSigma));

    /// <summary>What an update adds to the count's sum: half a bit up or down, so that a device's presence moves it by half a bit at most.</summary>
    public long Contribution(double norm) => norm <= Clip ? HalfBit : -HalfBit;

    /// <summary>Adds the count's noise, once.</summary>
    /// <param name="sum">Of <see cref="Contribution"/> over the accepted updates.</param>
    /// <param name="noise">Of <see cref="CountUnits"/>.</param>
    /// <param name="updates">The fixed denominator: how many updates the round accepted, from 1.</param>
    /// <returns>The noisy share of updates within the clip; may lie outside 0 to 1.</returns>
    public static double NoisyShare(long sum, GaussianNoise noise, long updates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(updates, 1);
        Span<long> noisy = [sum];
        noise.AddTo(noisy, 0);
        return (noisy[0] / (2.0 * HalfBit * updates)) + 0.5;
    }

    /// <summary>The standard deviation of the count's noise in units of its sum.</summary>
    public double CountUnits => CountSigma * 2 * HalfBit;

    /// <summary>C exp(-eta (share - gamma)).</summary>
    /// <param name="noisyShare">Of updates within the clip.</param>
    public AdaptiveClip Next(double noisyShare) => this with { Clip = Clip * Math.Exp(-LearningRate * (noisyShare - TargetQuantile)) };
}
