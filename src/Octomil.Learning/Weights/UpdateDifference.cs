using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights;

/// <summary>Turns an update of full weights into the difference to the round's base.</summary>
public static class UpdateDifference
{
    private const int BlockElements = 2048;

    /// <summary>Subtracts the base in place and measures the difference as <see cref="UpdateReader"/> measures one that arrives.</summary>
    /// <param name="content">What was read; a difference is returned as it is.</param>
    /// <param name="layout">The model's tensors.</param>
    /// <param name="values">The update's trained elements; the difference afterwards.</param>
    /// <param name="baseWeights">The trained elements of the round's base.</param>
    /// <param name="limits">The magnitude that the difference must keep.</param>
    /// <exception cref="WeightsFormatException"><c>magnitude_exceeded</c> or <c>not_finite</c> (the difference overflows).</exception>
    public static UpdateContent Take(
        UpdateContent content, WeightsLayout layout, Span<float> values, ReadOnlySpan<float> baseWeights, UpdateLimits limits)
    {
        if (content.Format is UpdateFormat.Difference)
        {
            return content;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, layout.ParameterCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(baseWeights.Length, values.Length);
        var (maxAbs, squares) = (0.0, 0.0);
        for (var index = 0; index < layout.Tensors.Length; index++)
        {
            var tensor = layout.Tensors[index];
            if (!tensor.IsTrained)
            {
                continue;
            }

            var (begin, length) = ((int)layout.OffsetAt(index), (int)tensor.ElementCount);
            var measure = Subtract(values.Slice(begin, length), baseWeights.Slice(begin, length));
            ValueRules.Check(measure, limits.MaxMagnitude, tensor.Name);
            maxAbs = Math.Max(maxAbs, measure.MaxAbs);
            squares += measure.SumOfSquares;
        }

        return content with { Format = UpdateFormat.Difference, MaxAbs = maxAbs, SumOfSquares = squares };
    }

    private static ValueMeasure Subtract(Span<float> values, ReadOnlySpan<float> baseWeights)
    {
        var measure = default(ValueMeasure);
        for (var begin = 0; begin < values.Length; begin += BlockElements)
        {
            var block = values.Slice(begin, Math.Min(BlockElements, values.Length - begin));
            TensorPrimitives.Subtract(block, baseWeights.Slice(begin, block.Length), block);
            measure.Copy(MemoryMarshal.AsBytes(block), block);
        }

        return measure;
    }
}
