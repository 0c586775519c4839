using System.Numerics.Tensors;

namespace Octomil.Learning.Aggregation;

/// <summary>The same coordinates of several updates, one row for each.</summary>
/// <param name="values">The rows one after the other, each <paramref name="stride"/> long.</param>
/// <param name="rows">How many rows.</param>
/// <param name="length">How many coordinates of a row count.</param>
/// <param name="stride">From the beginning of a row to the next one's.</param>
public readonly ref struct UpdateBlock(Span<double> values, int rows, int length, int stride)
{
    private readonly Span<double> _values = values;

    public int Rows => rows;

    public int Length => length;

    public Span<double> this[int row] => _values.Slice(row * stride, length);

    /// <summary>Adds factor x row to a vector.</summary>
    public void AddRow(int row, double factor, Span<double> vector) => TensorPrimitives.MultiplyAdd(this[row], factor, vector, vector);

    /// <summary>The squared distance of every row to a vector.</summary>
    public void Measure(ReadOnlySpan<double> vector, Span<double> squaredDistances)
    {
        for (var row = 0; row < rows; row++)
        {
            squaredDistances[row] = Distances.Squared(this[row], vector);
        }
    }
}
