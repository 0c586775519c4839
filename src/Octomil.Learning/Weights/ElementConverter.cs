using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Weights;

/// <summary>Little-endian elements of any floating-point type to float32.</summary>
internal static class ElementConverter
{
    /// <param name="type">F16, BF16, F64 or F32.</param>
    /// <param name="source">Elements of that type.</param>
    /// <param name="destination">As many float32 values; an F64 over the range becomes infinity.</param>
    public static void ToSingle(TensorType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case TensorType.BF16:
                WidenBrainFloats(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            case TensorType.F64:
                for (var i = 0; i < destination.Length; i++)
                {
                    destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(i * sizeof(double))..]);
                }

                break;
            default:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
        }
    }

    // A bfloat16 is the upper half of a float32.
    private static void WidenBrainFloats(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = MemoryMarshal.Cast<float, uint>(destination);
        var i = 0;
        for (; i <= source.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(source.Slice(i, Vector256<ushort>.Count)));
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector256<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            bits[i] = (uint)source[i] << 16;
        }
    }
}
