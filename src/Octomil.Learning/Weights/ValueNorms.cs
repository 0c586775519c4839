using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights;

/// <summary>Measures values that are in memory, as <see cref="UpdateReader"/> measures those that arrive.</summary>
public static class ValueNorms
{
    // Small enough to stay in the first cache while it is read and written back.
    private const int BlockElements = 2048;

    /// <summary>The sum of squares in double precision; not finite where a value is not.</summary>
    public static double SumOfSquares(Span<float> values)
    {
        var measure = default(ValueMeasure);
        for (var begin = 0; begin < values.Length; begin += BlockElements)
        {
            var block = values.Slice(begin, Math.Min(BlockElements, values.Length - begin));
            measure.Copy(MemoryMarshal.AsBytes(block), block);
        }

        return measure.IsFinite ? measure.SumOfSquares : double.PositiveInfinity;
    }
}
