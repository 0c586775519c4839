namespace Octomil.Learning.Strategies;

/// <summary>
/// v + mean((delta - v) min(1, tau / ||delta - v||)) around the last aggregate v (Karimireddy, He and Jaggi 2021, "Learning from History for
/// Byzantine Robust Optimization", equation 7), in one step and as sums: with c = min(1, ...) it is sum c delta / n + v (1 - sum c / n).
/// More steps are <see cref="IteratedCenteredClipRule"/>.
/// </summary>
/// <param name="tau">Above 0.</param>
public sealed class CenteredClipRule(double tau) : ISumRule
{
    public double MaxFactor => 1;

    public SumEntry Enter(UpdateFacts update)
    {
        var share = Share(update.SquaredDistance, tau);
        return new SumEntry(share, 1, share);
    }

    public SumScale Scale(SumTotals totals) => new(1.0 / totals.Updates, 1 - (totals.Column / totals.Updates));

    /// <summary>min(1, tau / distance).</summary>
    internal static double Share(double squaredDistance, double tau) => Math.Min(1, tau / Math.Sqrt(squaredDistance));
}
