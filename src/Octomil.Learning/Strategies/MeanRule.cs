namespace Octomil.Learning.Strategies;

/// <summary>The mean of the updates, by examples or uniform (McMahan et al. 2017, Algorithm 1): what most strategies aggregate with.</summary>
/// <param name="isUniform">Every update weighs the same; otherwise by its sample count.</param>
public sealed class MeanRule(bool isUniform) : ISumRule
{
    public double MaxFactor => 1;

    public SumEntry Enter(UpdateFacts update) => new(1, isUniform ? 1 : update.SampleCount, 0);

    public SumScale Scale(SumTotals totals) => SumScale.Over(totals.Weight);
}
