using System.Collections.Immutable;
using System.Text.Json;

namespace Octomil.Learning.Weights;

/// <summary>Strict parsing of a safetensors header; see <see cref="SafetensorsHeader.Parse"/>.</summary>
internal static class SafetensorsHeaderParser
{
    private const int MaxMetadataKeys = 1000;

    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw LayoutRules.Invalid("The header does not begin with '{'. Send a safetensors file.", null);
        }

        try
        {
            // Depth 3: the header, a tensor in it, a list in that.
            return ReadHeader(new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 3 }));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The JSON reader's own message can quote the text; position and kind are enough to mend it.
            throw new WeightsFormatException(WeightsErrors.InvalidHeader, "The header is not the JSON of a safetensors file. Write it with a safetensors library.");
        }
    }

    private static SafetensorsHeader ReadHeader(Utf8JsonReader json)
    {
        var entries = ImmutableArray.CreateBuilder<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, string> metadata = ImmutableDictionary<string, string>.Empty;
        Expect(ref json, JsonTokenType.StartObject);
        while (Next(ref json) is JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!names.Add(name))
            {
                throw LayoutRules.Invalid($"The header lists '{LayoutRules.Shown(name)}' twice. Each tensor has its own name.", name);
            }

            if (name == SafetensorsHeader.MetadataKey)
            {
                metadata = ReadMetadata(ref json);
                continue;
            }

            entries.Add(ReadEntry(ref json, name));
            LayoutRules.CheckTotals(entries.Count, 0, 0);
        }

        if (json.Read())
        {
            throw LayoutRules.Invalid("Something follows the header's closing brace. Pad a header with spaces only.", null);
        }

        // A stable order: tensors without elements share their place and keep the order of the header.
        var ordered = entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End).ToImmutableArray();
        CheckPlaces(ordered);
        return new SafetensorsHeader(ordered, metadata);
    }

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader json)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Next(ref json) is not JsonTokenType.StartObject)
        {
            throw InvalidMetadata();
        }

        while (Next(ref json) is JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            if (Next(ref json) is not JsonTokenType.String || metadata.Count == MaxMetadataKeys || !metadata.TryAdd(key, json.GetString()!))
            {
                throw InvalidMetadata();
            }
        }

        return metadata;
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader json, string name)
    {
        var (type, shape, offsets) = (TensorType.None, default(ImmutableArray<long>), default(ImmutableArray<long>));
        Expect(ref json, JsonTokenType.StartObject, name);
        while (Next(ref json) is JsonTokenType.PropertyName)
        {
            switch (json.GetString())
            {
                case "dtype" when type is TensorType.None:
                    type = ReadType(ref json, name);
                    break;
                case "shape" when shape.IsDefault:
                    shape = ReadNumbers(ref json, name, WeightsLayout.MaxDimensions);
                    break;
                case "data_offsets" when offsets.IsDefault:
                    offsets = ReadNumbers(ref json, name, 2);
                    break;
                default:
                    throw InvalidEntry(name);
            }
        }

        return type is TensorType.None || shape.IsDefault || offsets.IsDefault || offsets.Length != 2
            ? throw InvalidEntry(name)
            : CheckedEntry(new TensorSpec(name, type, shape), offsets[0], offsets[1]);
    }

    private static TensorType ReadType(ref Utf8JsonReader json, string name)
    {
        Expect(ref json, JsonTokenType.String, name);
        var type = TensorTypeExtensions.FromWireName(json.GetString()!);
        return type is not TensorType.None
            ? type
            : throw new WeightsFormatException(
                WeightsErrors.WrongType,
                $"The tensor '{LayoutRules.Shown(name)}' has an element type that is not known here. Known are F32, F16, BF16, F64, I64, I32, I16, I8, U8 and BOOL.",
                LayoutRules.Shown(name));
    }

    private static ImmutableArray<long> ReadNumbers(ref Utf8JsonReader json, string name, int atMost)
    {
        Expect(ref json, JsonTokenType.StartArray, name);
        var numbers = ImmutableArray.CreateBuilder<long>();
        while (Next(ref json) is JsonTokenType.Number)
        {
            if (numbers.Count == atMost || !json.TryGetInt64(out var number) || number < 0)
            {
                throw InvalidEntry(name);
            }

            numbers.Add(number);
        }

        return json.TokenType is JsonTokenType.EndArray ? numbers.ToImmutable() : throw InvalidEntry(name);
    }

    private static SafetensorsEntry CheckedEntry(TensorSpec spec, long begin, long end)
    {
        LayoutRules.Check(spec);
        return end - begin == spec.ElementCount * spec.Type.ByteSize()
            ? new SafetensorsEntry(spec, begin, end)
            : throw LayoutRules.Invalid($"The tensor '{LayoutRules.Shown(spec.Name)}' has data_offsets that do not fit its shape and dtype. Write the file with a safetensors library.", spec.Name);
    }

    private static void CheckPlaces(ImmutableArray<SafetensorsEntry> entries)
    {
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != end)
            {
                var problem = entry.Begin < end ? "overlaps the tensor before it" : "leaves a gap before it";
                throw LayoutRules.Invalid($"The data of the tensor '{LayoutRules.Shown(entry.Spec.Name)}' {problem}. Tensors follow each other without gaps.", entry.Spec.Name);
            }

            end = entry.End;
        }
    }

    private static JsonTokenType Next(ref Utf8JsonReader json) => json.Read() ? json.TokenType : throw new JsonException();

    private static void Expect(ref Utf8JsonReader json, JsonTokenType expected, string? name = null)
    {
        if (Next(ref json) != expected)
        {
            throw name is null ? new JsonException() : InvalidEntry(name);
        }
    }

    private static WeightsFormatException InvalidEntry(string name) => LayoutRules.Invalid(
        $"The header's entry for the tensor '{LayoutRules.Shown(name)}' is not {{\"dtype\", \"shape\", \"data_offsets\": [begin, end]}} with whole numbers from 0 up.", name);

    private static WeightsFormatException InvalidMetadata() => new(
        WeightsErrors.InvalidMetadata, $"The header's {SafetensorsHeader.MetadataKey} must be an object of at most {MaxMetadataKeys} strings, each key once.");
}
