namespace Octomil.Learning.Privacy;

/// <summary>
/// An organization's privacy where every device has its own <see cref="PrivacyLedger"/>: the guarantee is about any one device, so the
/// organization has spent what the device that took part most has spent (individual filtering with costs that do not depend on data:
/// Feldman and Zrnic 2021; Koskela et al. 2022). It only ever grows: a device that is removed has still taken part.
/// </summary>
public sealed record DeviceExposure
{
    /// <summary>The largest mu^2 that a device has spent.</summary>
    public double LargestSpent { get; init; }

    /// <summary>The most releases that a device was in.</summary>
    public int MostParticipations { get; init; }

    /// <summary>Takes in what a device has spent after a commit; in any order and as often as one likes.</summary>
    public DeviceExposure Observe(PrivacyLedger device) => LargestSpent >= device.Spent && MostParticipations >= device.Participations
        ? this
        : new DeviceExposure
        {
            LargestSpent = Math.Max(LargestSpent, device.Spent),
            MostParticipations = Math.Max(MostParticipations, device.Participations),
        };

    /// <summary>The organization's epsilon: the maximum over its devices.</summary>
    public double Epsilon(double delta) => GaussianPrivacy.Epsilon(Math.Sqrt(LargestSpent), delta);
}
