namespace Octomil.Learning.Strategies;

/// <summary>
/// The buffered mean of updates that may be stale: x += eta/K sum (1 + s)^(-1/2) delta, s versions behind on arrival (Nguyen et al. 2022,
/// "Federated Learning with Buffered Asynchronous Aggregation", algorithm 1 and section 5). eta belongs to the server optimizer.
/// </summary>
/// <param name="maxStaleness">Updates further behind are refused.</param>
/// <param name="byWeights">Divides by the sum of the factors instead of K.</param>
public sealed class FedBuffRule(int maxStaleness, bool byWeights = false) : ISumRule
{
    public double MaxFactor => 1;

    public SumEntry Enter(UpdateFacts update)
    {
        if (update.Staleness < 0 || update.Staleness > maxStaleness)
        {
            throw new StrategyException($"The update is {update.Staleness} versions behind; at most {maxStaleness} are taken. Train on the current version.");
        }

        var factor = UpdateBuffering.WeightOf(update.Staleness);
        return new SumEntry(factor, 1, factor);
    }

    public SumScale Scale(SumTotals totals) => SumScale.Over(byWeights ? totals.Column : totals.Updates);
}
