namespace Octomil.Benchmarks;

/// <summary>The accuracies of one budget's runs, which differ in their noise and in the order of rows.</summary>
/// <param name="Epsilon">The budget; null: no privacy.</param>
/// <param name="Accuracies">At least two.</param>
internal sealed record PrivacyPoint(double? Epsilon, IReadOnlyList<double> Accuracies)
{
    public double Mean => Accuracies.Average();

    /// <summary>The standard deviation from run to run.</summary>
    public double Deviation => Math.Sqrt(Accuracies.Sum(accuracy => (accuracy - Mean) * (accuracy - Mean)) / (Accuracies.Count - 1));
}

/// <summary>Accuracy by budget, and the two lines between which it lies.</summary>
/// <param name="Private">By budget, the smallest first.</param>
/// <param name="NotPrivate">The same runs without clip and noise.</param>
/// <param name="Majority">How often the class of most training rows is right.</param>
internal sealed record PrivacyCurve(IReadOnlyList<PrivacyPoint> Private, PrivacyPoint NotPrivate, double Majority);
