namespace Octomil.Learning.Weights;

/// <summary>Writes an update as a device sends it: the trained tensors as F32, in the model's order.</summary>
public static class UpdateWriter
{
    /// <summary>Writes the safetensors file.</summary>
    /// <param name="stream">Receives exactly <see cref="GetLength"/> bytes.</param>
    /// <param name="layout">The model's tensors.</param>
    /// <param name="values">The trained elements, in the layout's order.</param>
    /// <param name="content">The metadata; what was measured is not sent.</param>
    /// <exception cref="ArgumentException">There are more or fewer values than the layout has trained elements.</exception>
    public static async Task WriteAsync(
        Stream stream, WeightsLayout layout, ReadOnlyMemory<float> values, UpdateContent content, CancellationToken cancellationToken)
    {
        if (values.Length != layout.ParameterCount)
        {
            throw new ArgumentException($"There are {values.Length} values; the model has {layout.ParameterCount}.", nameof(values));
        }

        await TensorOutput.WriteHeaderAsync(stream, Header(layout, content), cancellationToken);
        await TensorOutput.WriteAsync(stream, values, cancellationToken);
    }

    /// <inheritdoc cref="WriteAsync(Stream, WeightsLayout, ReadOnlyMemory{float}, UpdateContent, CancellationToken)"/>
    public static Task WriteAsync(
        Stream stream, ModelWeights model, ReadOnlyMemory<float> values, UpdateContent content, CancellationToken cancellationToken) =>
        WriteAsync(stream, model.Layout, values, content, cancellationToken);

    /// <summary>Bytes of the whole file, for Content-Length.</summary>
    public static long GetLength(WeightsLayout layout, UpdateContent content) =>
        PipeHeader.LengthBytes + Header(layout, content).Length + (layout.ParameterCount * sizeof(float));

    private static byte[] Header(WeightsLayout layout, UpdateContent content) =>
        SafetensorsHeaderWriter.Write(layout.Tensors.Where(tensor => tensor.IsTrained), UpdateMetadata.Format(content));
}
