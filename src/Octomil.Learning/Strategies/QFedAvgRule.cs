using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>
/// Devices with a larger loss count more: with g_k = L (x - x_k) and L = 1 / learning rate, x -= sum F_k^q g_k / sum h_k,
/// h_k = q F_k^(q-1) ||g_k||^2 + L F_k^q (Li et al. 2020, "Fair Resource Allocation in Federated Learning", algorithm 2). q = 0 is the uniform mean.
/// </summary>
/// <param name="q">From 0.</param>
/// <param name="learningRate">Of the devices, above 0.</param>
/// <param name="maxLoss">A larger loss counts as this, so that one device cannot drown the others.</param>
public sealed class QFedAvgRule(double q, double learningRate, double maxLoss = 100) : ISumRule
{
    // The loss is a divisor where q is below 1.
    private const double SmallestLoss = 1e-10;

    public double MaxFactor => Math.Pow(maxLoss, q);

    public SumEntry Enter(UpdateFacts update)
    {
        if (!(update.Loss is >= 0 and < double.PositiveInfinity))
        {
            throw new StrategyException("The update must say in 'loss' what the loss of the base weights is on its data, a number from 0: qfedavg weighs by it.");
        }

        var loss = Math.Clamp(update.Loss, SmallestLoss, maxLoss);
        var (factor, lipschitz) = (Math.Pow(loss, q), 1 / learningRate);
        var column = (q * Math.Pow(loss, q - 1) * lipschitz * lipschitz * update.SumOfSquares) + (lipschitz * factor);

        // A device that fits almost perfectly makes the step small; how small does not matter beyond this.
        return new SumEntry(factor, 1, Math.Min(column, ColumnSum.Largest));
    }

    public SumScale Scale(SumTotals totals) => new(1 / learningRate / totals.Column);
}
