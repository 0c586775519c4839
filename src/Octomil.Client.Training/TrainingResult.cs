namespace Octomil.Client.Training;

/// <summary>What one round of local training gave.</summary>
/// <param name="Difference">Weights after training minus base weights: all trained elements in layout order.</param>
/// <param name="SampleCount">Rows trained on.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="Loss">Mean loss over all rows of all epochs, each before its step; or the loss of the base, where the options ask for it.</param>
/// <param name="Evaluation">The base weights on the hold-out.</param>
public sealed record TrainingResult(float[] Difference, int SampleCount, long Steps, double Loss, Evaluation Evaluation);
