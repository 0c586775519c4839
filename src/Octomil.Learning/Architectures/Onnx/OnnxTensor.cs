namespace Octomil.Learning.Architectures.Onnx;

/// <summary>A constant of a graph.</summary>
/// <param name="Name">As in the state_dict.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Values">Its elements, row-major.</param>
internal sealed record OnnxTensor(string Name, long[] Shape, ReadOnlyMemory<float> Values)
{
    /// <summary>The message up to its raw data, and the length of the whole.</summary>
    public (byte[] Head, long Length) Describe()
    {
        var bytes = Values.Length * (long)sizeof(float);
        var head = new ProtobufWriter();
        foreach (var size in Shape)
        {
            head.Number(OnnxFields.Tensor.Dims, size);
        }

        head.Number(OnnxFields.Tensor.DataType, OnnxFields.Float);
        head.Text(OnnxFields.Tensor.Name, Name);
        head.Begin(OnnxFields.Tensor.RawData, bytes);
        return (head.Written.ToArray(), head.Written.Length + bytes);
    }
}
