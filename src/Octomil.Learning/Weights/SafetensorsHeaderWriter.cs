using System.Buffers;
using System.Text.Json;

namespace Octomil.Learning.Weights;

/// <summary>Writes canonical headers; see <see cref="SafetensorsHeader.Write"/>.</summary>
internal static class SafetensorsHeaderWriter
{
    private const int Alignment = 64;

    public static byte[] Write(IEnumerable<TensorSpec> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                offset = WriteTensor(json, tensor, offset);
            }

            json.WriteEndObject();
        }

        var header = new byte[(buffer.WrittenCount + Alignment - 1) / Alignment * Alignment];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not { Count: > 0 })
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static long WriteTensor(Utf8JsonWriter json, TensorSpec tensor, long offset)
    {
        var end = offset + (tensor.ElementCount * tensor.Type.ByteSize());
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.WireName());
        WriteNumbers(json, "shape", tensor.Shape.AsSpan());
        WriteNumbers(json, "data_offsets", [offset, end]);
        json.WriteEndObject();
        return end;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
