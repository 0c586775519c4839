using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights;

/// <summary>Writes the parts of a safetensors file through one pooled buffer.</summary>
internal static class TensorOutput
{
    private const int BufferBytes = 128 * 1024;

    public static async Task WriteHeaderAsync(Stream stream, byte[] header, CancellationToken cancellationToken)
    {
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        await stream.WriteAsync(length, cancellationToken);
        await stream.WriteAsync(header, cancellationToken);
    }

    public static async Task WriteAsync(Stream stream, ReadOnlyMemory<float> values, CancellationToken cancellationToken)
    {
        const int Elements = BufferBytes / sizeof(float);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (; !values.IsEmpty; values = values[Math.Min(Elements, values.Length)..])
            {
                var bytes = Math.Min(Elements, values.Length) * sizeof(float);
                MemoryMarshal.AsBytes(values.Span[..(bytes / sizeof(float))]).CopyTo(buffer);
                await stream.WriteAsync(buffer.AsMemory(0, bytes), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
