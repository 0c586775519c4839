using System.Numerics.Tensors;
using Octomil.Client.Training.Torch;

namespace Octomil.Client.Training;

/// <summary>What training changed.</summary>
internal static class WeightsDifference
{
    /// <summary>Trained weights minus base weights, scaled down to the L2 norm where one is given.</summary>
    /// <exception cref="TrainingDivergedException">A weight is not a finite number.</exception>
    public static float[] Of(TorchModel trained, ReadOnlySpan<float> start, double? clipNorm)
    {
        var difference = new float[start.Length];
        trained.CopyWeights(difference);
        TensorPrimitives.Subtract(difference, start, difference);
        var squares = 0.0;
        foreach (double value in difference)
        {
            squares += value * value;
        }

        if (!double.IsFinite(squares))
        {
            throw new TrainingDivergedException();
        }

        if (clipNorm is { } bound && Math.Sqrt(squares) > bound)
        {
            TensorPrimitives.Multiply(difference, (float)(bound / Math.Sqrt(squares)), difference);
        }

        return difference;
    }
}
