namespace Octomil.Learning.Privacy;

/// <summary>What a released round costs in mu^2, and the plans that follow from it.</summary>
public static class RoundCost
{
    /// <summary>(S/sigma)^2 with S the organization's share of the clip and sigma = noise multiplier x clip.</summary>
    /// <param name="noiseMultiplier">z, above 0; 0 costs more than any budget.</param>
    /// <param name="scale">The organization's scale, above 0 and at most 1 ("Scale" of Boenisch et al. 2023).</param>
    public static double Of(double noiseMultiplier, double scale = 1)
    {
        CheckNoise(noiseMultiplier);
        if (!(scale is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "An organization's scale must be above 0 and at most 1.");
        }

        return scale / noiseMultiplier * (scale / noiseMultiplier);
    }

    /// <summary>The noise multiplier at which so many rounds cost at most (epsilon, delta).</summary>
    /// <param name="rounds">From 1.</param>
    /// <exception cref="PrivacyException">No noise is enough.</exception>
    public static double NoiseMultiplierFor(PrivacyLimit limit, int rounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        return GaussianPrivacy.Mu(limit.Epsilon, limit.Delta) is > 0 and var mu
            ? Math.Sqrt(rounds) / mu
            : throw new PrivacyException($"An epsilon of {limit.Epsilon} at delta {limit.Delta} allows no round, whatever its noise. Raise one of them.");
    }

    /// <summary>How many whole rounds of one cost a fresh budget holds.</summary>
    public static long RoundsWithin(PrivacyLimit limit, double cost) => (long)Math.Floor(limit.MuSquared * (1 + 1e-12) / cost);

    /// <summary>The scale at which an organization's budget lasts for so many rounds; 1 where it does anyway.</summary>
    /// <param name="rounds">From 1.</param>
    public static double ScaleFor(PrivacyLimit limit, double noiseMultiplier, int rounds)
    {
        CheckNoise(noiseMultiplier);
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 1);
        return Math.Min(1, noiseMultiplier * GaussianPrivacy.Mu(limit.Epsilon, limit.Delta) / Math.Sqrt(rounds));
    }

    private static void CheckNoise(double noiseMultiplier)
    {
        if (!(noiseMultiplier is >= 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(noiseMultiplier), noiseMultiplier, "A noise multiplier must be a number from 0.");
        }
    }
}
