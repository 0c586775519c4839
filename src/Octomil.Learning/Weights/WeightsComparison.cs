using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights;

/// <summary>Compares two canonical safetensors files of one model, block by block: neither is ever in memory as a whole.</summary>
public static class WeightsComparison
{
    private const int BlockBytes = 64 * 1024;

    /// <summary>The differences, tensor by tensor, in the model's order.</summary>
    /// <exception cref="WeightsFormatException">One is no such file, or they do not have the same tensors in the same order.</exception>
    public static async Task<ImmutableArray<TensorDifference>> CompareAsync(Stream first, Stream second, CancellationToken cancellationToken)
    {
        var header = await ReadHeaderAsync(first, cancellationToken);
        var other = await ReadHeaderAsync(second, cancellationToken);
        if (!header.Tensors.SequenceEqual(other.Tensors))
        {
            throw new WeightsFormatException(WeightsErrors.WrongShape, "The files do not have the same tensors.");
        }

        var (left, right) = (new byte[BlockBytes], new byte[BlockBytes]);
        var differences = ImmutableArray.CreateBuilder<TensorDifference>(header.Tensors.Length);
        foreach (var tensor in header.Tensors)
        {
            var difference = new Difference(tensor.Spec.Type);
            for (var rest = tensor.Bytes; rest > 0; rest -= BlockBytes)
            {
                var length = (int)Math.Min(BlockBytes, rest);
                await first.ReadExactlyAsync(left.AsMemory(0, length), cancellationToken);
                await second.ReadExactlyAsync(right.AsMemory(0, length), cancellationToken);
                difference.Add(left.AsSpan(0, length), right.AsSpan(0, length));
            }

            differences.Add(difference.Of(tensor.Spec));
        }

        return differences.MoveToImmutable();
    }

    private static async Task<SafetensorsHeader> ReadHeaderAsync(Stream file, CancellationToken cancellationToken)
    {
        var first = new byte[PipeHeader.LengthBytes];
        var read = await file.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken);
        var json = new byte[SafetensorsStart.ReadLength(first.AsSpan(0, read), SafetensorsHeader.MaxLength)];
        return await file.ReadAtLeastAsync(json, json.Length, throwOnEndOfStream: false, cancellationToken) == json.Length
            ? SafetensorsHeader.Parse(json, null)
            : throw ModelIntake.TruncatedHeader();
    }

    private struct Difference(TensorType type)
    {
        private double _squares;
        private double _differenceSquares;
        private double _maxAbs;
        private long _changed;

        public void Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
        {
            // Canonical files have float32 for every floating-point tensor.
            if (type is TensorType.F32)
            {
                AddFloats(MemoryMarshal.Cast<byte, float>(left), MemoryMarshal.Cast<byte, float>(right));
                return;
            }

            for (var i = 0; i < left.Length; i++)
            {
                _changed += left[i] != right[i] ? 1 : 0;
            }
        }

        public readonly TensorDifference Of(TensorSpec spec) => new(spec, Math.Sqrt(_squares), Math.Sqrt(_differenceSquares), _maxAbs, _changed);

        private void AddFloats(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
        {
            for (var i = 0; i < left.Length; i++)
            {
                var difference = (double)right[i] - left[i];
                _squares += (double)left[i] * left[i];
                _differenceSquares += difference * difference;
                _maxAbs = Math.Max(_maxAbs, Math.Abs(difference));
                _changed += difference != 0 ? 1 : 0;
            }
        }
    }
}
