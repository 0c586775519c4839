using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Privacy;

/// <summary>
/// The integer grid of a private round: how fine its fold is, how far one device can move its sums, and how much noise that takes. All of
/// it is public and follows from the clip and the noise multiplier alone.
/// </summary>
/// <remarks>
/// A fold without noise uses all of 62 bits. Noise needs room in them, and a grid that is so much coarser than the noise that the noise
/// can be drawn exactly: the step is 2^-24 of the clip up to a noise multiplier of 64 and coarser in proportion beyond. Truncating to it
/// costs half a step a coordinate, which is 0.01 % where a model has 10 million of them.
/// </remarks>
public sealed record PrivateGrid
{
    private const int FineBits = 24;
    private const int CoarsestBits = 16;
    private const int SumBits = 62;
    private const double FineUpTo = 64;

    /// <param name="clip">C: largest L2 norm of a contribution, in the units of the weights.</param>
    /// <param name="noiseMultiplier">z: standard deviation of the noise on the sum over the clip; above 0.</param>
    /// <exception cref="PrivacyException">A number is outside its range.</exception>
    public PrivateGrid(double clip, double noiseMultiplier)
    {
        if (!(clip is >= 1e-12 and <= 1e12))
        {
            throw new PrivacyException($"The clipping norm is {clip}, but must be from 1e-12 to 1e12. It bounds the L2 norm of a whole update; from 0.1 to 10 is usual.");
        }

        if (!(noiseMultiplier is >= 1e-3 and <= 10_000))
        {
            throw new PrivacyException($"The noise multiplier is {noiseMultiplier}, but must be from 0.001 to 10000: the noise's standard deviation over the clipping norm.");
        }

        var bits = Math.Max(CoarsestBits, FineBits - (int)Math.Ceiling(Math.Max(0, Math.Log2(noiseMultiplier / FineUpTo))));
        (Clip, NoiseMultiplier) = (clip, noiseMultiplier);
        Plan = new FoldPlan(clip, maxWeight: 1, maxUpdates: 1L << (SumBits - bits));

        // The step is a power of two, so this division is exact.
        SensitivityUnits = clip / Plan.Step;
        NoiseUnits = Math.BitIncrement(noiseMultiplier * SensitivityUnits);
    }

    /// <summary>C.</summary>
    public double Clip { get; }

    /// <summary>z.</summary>
    public double NoiseMultiplier { get; }

    /// <summary>What the sums are folded with. Every update weighs 1; there is room for more of them than there are devices.</summary>
    public FoldPlan Plan { get; }

    /// <summary>C in units of the sums: no contribution has a larger L2 norm as integers, exactly.</summary>
    public double SensitivityUnits { get; }

    /// <summary>The standard deviation of the noise in units of the sums, rounded up: <see cref="GaussianNoise"/> of it is added to every sum.</summary>
    public double NoiseUnits { get; }
}
