using Octomil.Learning.Privacy;
using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>
/// The private mechanism of a round, between the fold and the ledger: what bounds an update before it enters the sums, what noise the sums
/// get, and what of a round may be shown (McMahan et al. 2018; order: clip, weigh, sum, noise, divide, optimizer).
/// </summary>
internal static class PrivateRound
{
    /// <summary>The grid of the sums and the noise on it. With a clip that follows a quantile the updates carry a little more noise, which pays for the count.</summary>
    public static PrivateGrid GridOf(RoundPlan plan) =>
        plan.Privacy is { } privacy ? new PrivateGrid(privacy.Clip, UpdateNoiseOf(privacy)) : throw NotPrivate();

    /// <summary>mu^2 of a release of such a round, for an organization with a counted update.</summary>
    public static double CostOf(RoundPrivacy privacy) =>
        AdaptiveClipOf(privacy)?.Cost(privacy.NoiseMultiplier) ?? RoundCost.Of(privacy.NoiseMultiplier);

    /// <summary>What is read: the clip bounds what enters the sums, so any finite value may come.</summary>
    public static UpdateLimits ReadLimitsOf(RoundPlan plan) => new(plan.Privacy is null ? plan.MaxMagnitude : float.MaxValue, plan.MaxSampleCount);

    /// <summary>
    /// The factor with which an update enters the sums: after everything else its norm is at most the clip. Not finite values become zeros.
    /// </summary>
    /// <param name="plan">Of a private round.</param>
    /// <param name="factor">What the strategy multiplies it with (staleness), from 0.</param>
    /// <param name="values">The difference to its base.</param>
    /// <param name="summary">What came with it.</param>
    public static (double Factor, UpdateSummary Summary) Bound(RoundPlan plan, double factor, Span<float> values, UpdateSummary summary)
    {
        var privacy = plan.Privacy ?? throw NotPrivate();
        var squares = factor * factor * ValueNorms.SumOfSquares(values);

        if (!double.IsFinite(squares))
        {
            values.Clear();
            squares = 0;
        }

        var share = Clipping.BoundedWeight(Math.Max(0, summary.SampleCount), privacy.SampleCap);
        return (
            factor * Clipping.Factor(squares, values.Length, privacy.Clip, share),
            summary with { WithinClip = Math.Sqrt(squares) <= privacy.Clip });
    }

    /// <summary>The next round's clip, by the noisy share of updates that were within this one's; null where it is fixed. Draws noise: once for each result.</summary>
    public static double? DrawNextClip(RoundPlan plan, FoldTally tally)
    {
        if (AdaptiveClipOf(plan.Privacy ?? throw NotPrivate()) is not { } clip || tally.Updates == 0)
        {
            return null;
        }

        var within = tally.WithinClip;
        var sum = (within * clip.Contribution(0)) + ((tally.Updates - within) * clip.Contribution(double.PositiveInfinity));
        using var noise = GaussianNoise.Create(clip.CountUnits);
        var share = AdaptiveClip.NoisyShare(sum, noise, tally.Updates);

        // A few rounds of bad luck must not take the clip out of what a grid can have.
        return Math.Clamp(clip.Next(Math.Clamp(share, -1, 2)).Clip, 1e-9, 1e9);
    }

    /// <summary>What may be seen of a private round: how many took part, which the guarantee does not hide, and nothing that data decide.</summary>
    /// <remarks>Made anew rather than changed: what is added to a tally one day is not shown until somebody decides that it may be.</remarks>
    public static RoundTally Shown(RoundTally tally) => new()
    {
        Updates = tally.Updates,
        Samples = 0,
        Organizations =
        [
            .. tally.Organizations.Select(part => new OrganizationTally { OrganizationId = part.OrganizationId, Updates = part.Updates, Samples = 0 }),
        ],
    };

    /// <summary>Wide enough that the count costs at most a quarter of the round, and the usual twentieth of the updates where that is more.</summary>
    public static double CountSigmaOf(double noiseMultiplier, int updates) => Math.Max(noiseMultiplier, updates / 20.0);

    /// <summary>z of the noise on the updates; above the one that is charged where a count pays a part of it.</summary>
    public static double UpdateNoiseOf(RoundPrivacy privacy) =>
        AdaptiveClipOf(privacy)?.UpdateNoiseMultiplier(privacy.NoiseMultiplier) ?? privacy.NoiseMultiplier;

    private static AdaptiveClip? AdaptiveClipOf(RoundPrivacy privacy) => privacy.ClipQuantile is { } quantile
        ? new AdaptiveClip { Clip = privacy.Clip, TargetQuantile = quantile, CountSigma = privacy.CountSigma }
        : null;

    private static InvalidOperationException NotPrivate() => new("The round is not private.");
}
