namespace Octomil.Learning.Strategies;

/// <summary>The constants of the adaptive optimizers, named as in Reddi et al. 2021.</summary>
/// <param name="LearningRate">eta.</param>
/// <param name="Beta1">Decay of the first moment, 0 to under 1.</param>
/// <param name="Beta2">Decay of the second moment, 0 to under 1; unused by Adagrad.</param>
/// <param name="Tau">Degree of adaptivity, above 0.</param>
internal sealed record AdaptiveConstants(double LearningRate, double Beta1, double Beta2, double Tau)
{
    /// <summary>The second moment before the first round; tau^2 in the paper, so that the first step is not over-long.</summary>
    public double InitialVariance { get; init; } = Tau * Tau;
}
