using System.Buffers;
using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;

namespace Octomil.Devices;

/// <summary>JSON inside a MessagePack message, such as a model's architecture: its text, as a string.</summary>
internal sealed class JsonElementFormatter : IMessagePackFormatter<JsonElement>
{
    public void Serialize(ref MessagePackWriter writer, JsonElement value, MessagePackSerializerOptions options)
    {
        if (value.ValueKind is JsonValueKind.Undefined)
        {
            writer.WriteNil();
            return;
        }

        writer.Write(value.GetRawText());
    }

    public JsonElement Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
    {
        if (reader.TryReadNil())
        {
            return default;
        }

        var text = reader.ReadStringSequence() ?? ReadOnlySequence<byte>.Empty;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
