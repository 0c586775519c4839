using System.Text;
using System.Text.Json;

namespace Octomil.Inference.Inputs;

/// <summary>Finds the JSON in a message that people wrote: alone, after some words, or in a code fence.</summary>
internal static class JsonInText
{
    private const int DeepestNesting = 16;

    /// <summary>The first complete object or array of the text; null where there is none that looks like one.</summary>
    /// <exception cref="InferenceException">It begins like an object with a name, and is broken.</exception>
    public static JsonDocument? Find(string text)
    {
        for (var start = text.AsSpan().IndexOfAny('{', '['); start >= 0; start = Next(text, start))
        {
            var (document, error) = Parse(text, start);
            if (document is not null)
            {
                return document;
            }

            if (LooksMeant(text.AsSpan(start)))
            {
                throw InferenceException.Invalid($"The JSON in the message is broken: {error}", "messages");
            }
        }

        return null;
    }

    private static int Next(string text, int start)
    {
        var next = text.AsSpan(start + 1).IndexOfAny('{', '[');
        return next < 0 ? -1 : start + 1 + next;
    }

    private static (JsonDocument? Document, string? Error) Parse(string text, int start)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text[start..]), new JsonReaderOptions { MaxDepth = DeepestNesting });
            return (JsonDocument.ParseValue(ref reader), null);
        }
        catch (JsonException exception)
        {
            return (null, exception.Message);
        }
    }

    private static bool LooksMeant(ReadOnlySpan<char> text) => text[0] == '{' && text[1..].TrimStart() is ['"', ..];
}
