using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;

namespace Octomil.DeviceSimulator.Connections;

/// <summary>The hub's messages in MessagePack: maps by property name, JSON as text.</summary>
internal static class HubMessages
{
    public static MessagePackSerializerOptions Options { get; } = MessagePackSerializerOptions.Standard
        .WithResolver(CompositeResolver.Create([new JsonText()], [ContractlessStandardResolver.Instance]))
        .WithSecurity(MessagePackSecurity.UntrustedData);

    private sealed class JsonText : IMessagePackFormatter<JsonElement>
    {
        public void Serialize(ref MessagePackWriter writer, JsonElement value, MessagePackSerializerOptions options) => writer.Write(value.GetRawText());

        public JsonElement Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            if (reader.TryReadNil())
            {
                return default;
            }

            using var document = JsonDocument.Parse(reader.ReadString()!);
            return document.RootElement.Clone();
        }
    }
}
