namespace Octomil.Inference.Models;

/// <summary>The answer for one input row.</summary>
internal readonly record struct Prediction
{
    /// <summary>The predicted number, for regression.</summary>
    public float Value { get; init; }

    /// <summary>One per class, in the order of the architecture, summing to 1; null for regression.</summary>
    public float[]? Probabilities { get; init; }

    /// <summary>The most probable class; the first of equals. -1 for regression.</summary>
    public int Class => Probabilities is null ? -1 : Array.IndexOf(Probabilities, Probabilities.Max());
}
