using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Octomil.Learning.Weights;

/// <summary>
/// The header of a safetensors file: 8 bytes of length (little-endian), then JSON that lists every tensor's type, shape and place in
/// the data that follows. Everything is checked before a byte of data is read.
/// </summary>
public sealed class SafetensorsHeader
{
    /// <summary>The key of the file's own strings among the tensors.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>Longest header read at all.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    private readonly Lazy<WeightsLayout> _layout;

    internal SafetensorsHeader(ImmutableArray<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        (Tensors, Metadata) = (tensors, metadata);
        _layout = new Lazy<WeightsLayout>(() => WeightsLayout.Create(Tensors.Select(entry => entry.Spec)));
    }

    /// <summary>The tensors in the order of their data, with their place in it.</summary>
    public ImmutableArray<SafetensorsEntry> Tensors { get; }

    /// <summary>The strings under <c>__metadata__</c>; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors as a layout (floating-point types become F32).</summary>
    /// <exception cref="WeightsFormatException">The header lists no tensor.</exception>
    public WeightsLayout Layout => _layout.Value;

    /// <summary>Bytes of data that follow the header.</summary>
    public long DataBytes => Tensors.IsEmpty ? 0 : Tensors[^1].End;

    /// <summary>Reads the header's length; false for fewer than 8 bytes or a length outside 2 .. <see cref="MaxLength"/>.</summary>
    public static bool TryReadLength(ReadOnlySpan<byte> first8, out long length)
    {
        length = first8.Length >= 8 ? BinaryPrimitives.ReadInt64LittleEndian(first8) : 0;
        return length is >= 2 and <= MaxLength;
    }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="headerJson">The JSON without its length; may end in spaces.</param>
    /// <param name="dataBytes">How many bytes of data follow, if that is known.</param>
    /// <exception cref="WeightsFormatException">
    /// <c>invalid_header</c>, <c>wrong_type</c>, <c>invalid_metadata</c>, <c>truncated</c> or <c>trailing_bytes</c>.
    /// </exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> headerJson, long? dataBytes)
    {
        var header = SafetensorsHeaderParser.Parse(headerJson);
        if (dataBytes < header.DataBytes)
        {
            throw new WeightsFormatException(WeightsErrors.Truncated, $"The header describes {header.DataBytes} bytes of tensors, but only {dataBytes} follow. Send the whole file.");
        }

        if (dataBytes > header.DataBytes)
        {
            throw new WeightsFormatException(WeightsErrors.TrailingBytes, $"The header describes {header.DataBytes} bytes of tensors, but {dataBytes} follow. Send nothing after the last tensor.");
        }

        return header;
    }

    /// <summary>
    /// Writes the canonical header of all tensors of a layout, in its order: compact JSON, the metadata first (sorted by key),
    /// padded with spaces to a multiple of 64. Without the 8 bytes of length. The same input gives the same bytes.
    /// </summary>
    public static byte[] Write(WeightsLayout layout, IReadOnlyDictionary<string, string>? metadata) =>
        SafetensorsHeaderWriter.Write(layout.Tensors, metadata);
}
