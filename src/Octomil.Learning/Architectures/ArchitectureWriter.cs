using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Octomil.Learning.Architectures;

/// <summary>The canonical JSON of an architecture.</summary>
internal static class ArchitectureWriter
{
    public static string Write(Architecture architecture)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteOutput(json, architecture);
            WriteLayers(json, architecture);
            WriteInput(json, architecture);
            json.WriteNumber("seed", architecture.Seed);
            json.WriteBoolean("scaled", architecture.Scaled);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteOutput(Utf8JsonWriter json, Architecture architecture)
    {
        json.WriteString("kind", ArchitectureWords.Word(architecture.Kind));
        json.WriteString("output_type", ArchitectureWords.Word(architecture.OutputType));
        json.WriteNumber("output_dim", architecture.OutputDim);
        json.WriteString("target_col", architecture.TargetColumn);
        if (architecture.OutputType is not OutputType.Regression)
        {
            WriteTexts(json, "classes", architecture.Classes.AsSpan());
        }
    }

    private static void WriteLayers(Utf8JsonWriter json, Architecture architecture)
    {
        if (architecture.Kind is not ArchitectureKind.Linear)
        {
            WriteNumbers(json, "hidden", architecture.Hidden.AsSpan());
            json.WriteString("activation", ArchitectureWords.Word(architecture.Activation));
        }

        if (architecture.Kind is ArchitectureKind.Cnn)
        {
            WriteNumbers(json, "conv", architecture.Convolutions.AsSpan());
        }
    }

    private static void WriteInput(Utf8JsonWriter json, Architecture architecture)
    {
        if (architecture.Image is { } image)
        {
            json.WriteStartObject("image");
            json.WriteNumber("channels", image.Channels);
            json.WriteNumber("height", image.Height);
            json.WriteNumber("width", image.Width);
            json.WriteEndObject();
            return;
        }

        json.WriteStartArray("features");
        foreach (var feature in architecture.Features)
        {
            WriteFeature(json, feature);
        }

        json.WriteEndArray();
    }

    private static void WriteFeature(Utf8JsonWriter json, ArchitectureFeature feature)
    {
        json.WriteStartObject();
        json.WriteString("name", feature.Name);
        json.WriteString("type", ArchitectureWords.Word(feature.Type));
        if (feature.Range is { } range)
        {
            json.WriteStartArray("range");
            json.WriteNumberValue(range.Low);
            json.WriteNumberValue(range.High);
            json.WriteEndArray();
        }

        if (feature.Missing is { } missing)
        {
            WriteTexts(json, "missing", missing.AsSpan());
        }

        if (feature.Type is FeatureType.Category)
        {
            WriteTexts(json, "categories", feature.Categories.AsSpan());
        }

        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ReadOnlySpan<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
