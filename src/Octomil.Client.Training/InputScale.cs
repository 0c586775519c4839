using System.Numerics.Tensors;
using Octomil.Learning.Weights;

namespace Octomil.Client.Training;

/// <summary>x' = (x - mean) / std; a missing number (NaN) becomes 0, which is the mean.</summary>
internal sealed class InputScale
{
    private readonly float[] _mean;
    private readonly float[] _std;

    /// <param name="weights">With <c>input.mean</c> and <c>input.std</c>: one number a column, or one a channel of images.</param>
    /// <param name="inputLength">Numbers of one input.</param>
    public InputScale(ModelWeights weights, int inputLength)
    {
        _mean = Spread(weights.Frozen("input.mean"), inputLength);
        _std = Spread(weights.Frozen("input.std"), inputLength);
    }

    public void Apply(Span<float> input)
    {
        TensorPrimitives.Subtract(input, _mean, input);
        TensorPrimitives.Divide(input, _std, input);
        for (var i = 0; i < input.Length; i++)
        {
            if (float.IsNaN(input[i]))
            {
                input[i] = 0;
            }
        }
    }

    private static float[] Spread(ReadOnlySpan<float> values, int length)
    {
        var spread = new float[length];
        var each = length / values.Length;
        for (var i = 0; i < length; i++)
        {
            spread[i] = values[i / each];
        }

        return spread;
    }
}
