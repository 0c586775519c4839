using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights;

/// <summary>Reads a model's file into fresh memory; see <see cref="ModelWeights.Load"/>.</summary>
internal sealed class ModelIntake
{
    private const int BufferBytes = 128 * 1024;

    private readonly Dictionary<string, float[]> _floats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _raw = new(StringComparer.Ordinal);

    public ModelIntake(SafetensorsHeader header)
    {
        Layout = header.Layout;
        Trained = new float[Layout.ParameterCount];
        Data = new TensorIntake([.. header.Tensors.Select(Place)], Layout.Tensors.Length, double.PositiveInfinity);
    }

    public WeightsLayout Layout { get; }

    public float[] Trained { get; }

    public TensorIntake Data { get; }

    public static async Task<ModelIntake> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var first = buffer.AsMemory(0, PipeHeader.LengthBytes);
            var read = await stream.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken);
            var intake = await ReadHeaderAsync(stream, SafetensorsStart.ReadLength(first.Span[..read], SafetensorsHeader.MaxLength), cancellationToken);
            while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                intake.Data.Push(buffer.AsSpan(0, read));
            }

            return intake;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static WeightsFormatException TruncatedHeader() =>
        new(WeightsErrors.Truncated, "The data ends inside the header. Send the whole file.");

    public ImmutableDictionary<string, byte[]> Frozen()
    {
        var frozen = _raw.ToImmutableDictionary(StringComparer.Ordinal).ToBuilder();
        foreach (var (name, values) in _floats)
        {
            frozen[name] = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        }

        return frozen.ToImmutable();
    }

    private static async Task<ModelIntake> ReadHeaderAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        var header = new byte[length];
        return await stream.ReadAtLeastAsync(header, length, throwOnEndOfStream: false, cancellationToken) == length
            ? new ModelIntake(SafetensorsHeader.Parse(header, null))
            : throw TruncatedHeader();
    }

    private IntakeTensor Place(SafetensorsEntry entry, int index)
    {
        var count = (int)Math.Min(entry.Spec.ElementCount, int.MaxValue);
        if (entry.Spec.IsTrained)
        {
            return new IntakeTensor(entry, index, Trained.AsMemory((int)Layout.OffsetAt(index), count), null);
        }

        if (entry.Bytes > Array.MaxLength)
        {
            throw LayoutRules.Invalid($"The tensor '{LayoutRules.Shown(entry.Spec.Name)}' is larger than 2 GB and not trained. Leave it out of the model.", entry.Spec.Name);
        }

        if (entry.Spec.Type.IsFloatingPoint())
        {
            return new IntakeTensor(entry, index, _floats[entry.Spec.Name] = new float[count], null);
        }

        return new IntakeTensor(entry, index, Memory<float>.Empty, _raw[entry.Spec.Name] = new byte[entry.Bytes]);
    }
}
