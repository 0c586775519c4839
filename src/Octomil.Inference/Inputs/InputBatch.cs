using System.Buffers;

namespace Octomil.Inference.Inputs;

/// <summary>Rows of a model's input, row-major float32, in a pooled array.</summary>
internal sealed class InputBatch(int columns) : IDisposable
{
    /// <summary>More rows than this are not one question but a job.</summary>
    public const int MostRows = 10_000;

    private float[] _values = ArrayPool<float>.Shared.Rent(columns);

    public int Count { get; private set; }

    public Memory<float> Values => _values.AsMemory(0, Count * columns);

    /// <summary>Appends a row and answers where its values go.</summary>
    /// <exception cref="InferenceException">There are too many already.</exception>
    public Span<float> Add()
    {
        if (Count == MostRows)
        {
            throw new InferenceException(413, "too_many_rows", $"A request may hold {MostRows} rows at most. Send several requests.");
        }

        if ((Count + 1) * (long)columns > _values.Length)
        {
            Grow();
        }

        return _values.AsSpan(Count++ * columns, columns);
    }

    public void Dispose() => ArrayPool<float>.Shared.Return(Interlocked.Exchange(ref _values, []));

    private void Grow()
    {
        var larger = ArrayPool<float>.Shared.Rent(checked(_values.Length * 2));
        Values.Span.CopyTo(larger);
        ArrayPool<float>.Shared.Return(_values);
        _values = larger;
    }
}
