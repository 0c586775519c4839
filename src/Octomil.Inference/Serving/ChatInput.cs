using System.Text.Json;
using Octomil.Inference.Inputs;

namespace Octomil.Inference.Serving;

/// <summary>Reads the question out of a conversation: what the last user message holds.</summary>
internal static class ChatInput
{
    /// <exception cref="InferenceException">The messages are not what the API describes, or an input cannot be read.</exception>
    public static void Read(ChatRequest request, InputReader into)
    {
        if (request.Messages is not { Count: > 0 } messages)
        {
            throw InferenceException.Invalid("messages must be an array with at least one message.", "messages");
        }

        var last = messages.LastOrDefault(message => message?.Role == "user")
            ?? throw InferenceException.Invalid("messages must hold a message with the role user.", "messages");
        switch (last.Content.ValueKind)
        {
            case JsonValueKind.String:
                into.ReadText(last.Content.GetString()!);
                break;
            case JsonValueKind.Array:
                ReadParts(last.Content, into);
                break;
            default:
                throw InferenceException.Invalid("A message's content must be a text or an array of parts.", "messages");
        }
    }

    private static void ReadParts(JsonElement parts, InputReader into)
    {
        foreach (var part in parts.EnumerateArray())
        {
            var type = part.ValueKind is JsonValueKind.Object && part.TryGetProperty("type", out var named) && named.ValueKind is JsonValueKind.String
                ? named.GetString()
                : throw InferenceException.Invalid("Each part of a message's content is an object with a type.", "messages");
            switch (type)
            {
                case "text":
                    into.ReadText(Text(part, "text"));
                    break;
                case "image_url":
                    into.ReadImage(part.TryGetProperty("image_url", out var image) && image.ValueKind is JsonValueKind.Object
                        ? Text(image, "url")
                        : Text(part, "image_url"));
                    break;
                default:
                    throw InferenceException.Invalid($"A part of the type '{type}' cannot be read here; text and image_url can.", "messages");
            }
        }
    }

    private static string Text(JsonElement part, string name) =>
        part.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            ? value.GetString()!
            : throw InferenceException.Invalid($"A part of the message lacks its {name}.", "messages");
}
