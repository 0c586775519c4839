namespace Octomil.Learning.Privacy;

/// <summary>What a run may claim about how its cohorts are drawn. Charging less because a device is rarely drawn is not offered.</summary>
public static class SamplingClaims
{
    /// <summary>No claim: a round costs an organization that takes part the same however it was drawn.</summary>
    public const string None = "none";

    private const string Poisson = "poisson";
    private const string FixedSize = "fixed_size";

    /// <summary>Lets <see cref="None"/> pass and says of the others why not.</summary>
    /// <exception cref="PrivacyException">The claim is not <see cref="None"/>.</exception>
    public static void Check(string claim)
    {
        if (claim != None)
        {
            throw new PrivacyException(claim switch
            {
                Poisson => "Amplification by Poisson sampling cannot be claimed: devices come and go, retry and drop out, so the server does not draw each one with a known probability; " +
                    $"and the size of a cohort and who was in it are shown. Use '{None}': every released round is charged in full.",
                FixedSize => "Amplification by drawing K of N devices cannot be claimed: first come, over-selection and drop-outs are not a uniform draw, and even that would amplify far less " +
                    $"than the formula for Poisson sampling says. Use '{None}': every released round is charged in full.",
                _ => $"The sampling '{claim}' is not known. Use '{None}'; '{Poisson}' and '{FixedSize}' are refused, because amplification by sampling cannot be claimed here.",
            });
        }
    }
}
