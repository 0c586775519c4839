namespace Octomil.Learning.Strategies;

/// <summary>How devices train, as far as it decides what their steps amount to.</summary>
public enum LocalTraining
{
    None = 0,
    Sgd = 1,
    Momentum = 2,
    Proximal = 3,
}

/// <summary>
/// x += tau_eff sum p_i delta_i / a_i with tau_eff = sum p_i a_i, so that a device that made more steps does not pull harder (Wang et al.
/// 2020, "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization", equations 10 and 11). p_i = n_i / sum n.
/// </summary>
/// <param name="training">How devices train.</param>
/// <param name="constant">The momentum rho, or learning rate times mu of the proximal term.</param>
public sealed class FedNovaRule(LocalTraining training = LocalTraining.Sgd, double constant = 0) : ISumRule
{
    public double MaxFactor => 1 / StepNorm(1);

    public SumEntry Enter(UpdateFacts update)
    {
        if (update.Steps < 1)
        {
            throw new StrategyException("The update must say in 'steps' how many optimizer steps it took, from 1: fednova divides by them.");
        }

        var norm = StepNorm(update.Steps);
        return new SumEntry(1 / norm, update.SampleCount, update.SampleCount * norm);
    }

    public SumScale Scale(SumTotals totals) => new(totals.Column / totals.Weight / totals.Weight);

    /// <summary>a: ||a_i||_1 of the paper's section 3, the weight of all of a device's gradients in its difference.</summary>
    /// <param name="steps">From 1.</param>
    public double StepNorm(long steps) => training switch
    {
        LocalTraining.Momentum => (steps - (constant * (1 - Math.Pow(constant, steps)) / (1 - constant))) / (1 - constant),
        LocalTraining.Proximal when constant > 0 => (1 - Math.Pow(1 - constant, steps)) / constant,
        _ => steps,
    };
}
