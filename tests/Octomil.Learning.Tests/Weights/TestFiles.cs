using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

/// <summary>Safetensors files written by hand, so that the code under test is not its own oracle.</summary>
internal static class TestFiles
{
    public static readonly UpdateLimits Limits = new(1024, 65_536);

    public static readonly WeightsLayout Layout = WeightsLayout.Create(
    [
        new("input.mean", TensorType.F32, [3]),
        new("dense.0.weight", TensorType.F32, [2, 3]),
        new("dense.0.bias", TensorType.F32, [2]),
        new("steps", TensorType.I64, []),
    ]);

    public static byte[] Raw(string header, params byte[][] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data.SelectMany(bytes => bytes)];
    }

    public static byte[] File(string metadata, params (string Name, string Type, long[] Shape, byte[] Data)[] tensors)
    {
        var parts = new List<string>();
        if (metadata.Length > 0)
        {
            parts.Add($"\"__metadata__\":{metadata}");
        }

        var offset = 0;
        foreach (var (name, type, shape, data) in tensors)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{offset + data.Length}]}}"));
            offset += data.Length;
        }

        return Raw("{" + string.Join(',', parts) + "}", [.. tensors.Select(tensor => tensor.Data)]);
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    public static byte[] Halves(params float[] values) => [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))];

    public static byte[] BrainFloats(params float[] values) => [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))];

    public static byte[] Doubles(params double[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    /// <summary>Reads an update that arrives in pieces of a given size.</summary>
    public static async Task<(UpdateContent Content, float[] Values)> ReadAsync(byte[] body, WeightsLayout layout, int pieceBytes, UpdateLimits? limits = null)
    {
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 16, useSynchronizationContext: false));
        var values = new float[layout.ParameterCount];
        var sending = SendAsync(pipe.Writer, body, pieceBytes);
        try
        {
            return (await UpdateReader.ReadAsync(pipe.Reader, layout, limits ?? Limits, values, TestContext.Current.CancellationToken), values);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await sending;
        }
    }

    private static async Task SendAsync(PipeWriter writer, byte[] body, int pieceBytes)
    {
        foreach (var piece in body.Chunk(pieceBytes))
        {
            if ((await writer.WriteAsync(piece)).IsCompleted)
            {
                break;
            }
        }

        await writer.CompleteAsync();
    }
}
