using System.Collections.Immutable;
using System.Text.Json;

namespace Octomil.Learning.Architectures;

/// <summary>Reads and checks the <c>features</c> of an architecture.</summary>
internal static class FeatureParser
{
    public static ImmutableArray<ArchitectureFeature> Parse(JsonFields fields)
    {
        const string Expected = "a list of features, each an object with name and type";
        if (!fields.TryGet("features", out var value))
        {
            return [];
        }

        var features = ImmutableArray.CreateBuilder<ArchitectureFeature>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in fields.Items(value, "features", ArchitectureLimits.Features, Expected))
        {
            var feature = item.ValueKind is JsonValueKind.Object
                ? Feature(new JsonFields(item, $"features[{features.Count}]."))
                : throw fields.Refuse("features", Expected);
            features.Add(names.Add(feature.Name) ? feature : throw fields.Refuse($"features[{features.Count}].name", "different from the other features' names"));
        }

        return features.ToImmutable();
    }

    private static ArchitectureFeature Feature(JsonFields fields)
    {
        var type = fields.Word("type", ArchitectureWords.FeatureTypes);
        return new ArchitectureFeature
        {
            Name = fields.Text("name"),
            Type = type,
            Missing = fields.Has("missing") ? fields.Texts("missing", ArchitectureLimits.MissingTexts, emptyAllowed: true) : null,
            Range = Range(fields, type),
            Categories = Categories(fields, type),
        };
    }

    private static FeatureRange? Range(JsonFields fields, FeatureType type)
    {
        const string Expected = "a list of two finite numbers, the lower first, and only for a number";
        if (!fields.TryGet("range", out var value))
        {
            return null;
        }

        var ends = fields.Items(value, "range", 2, Expected).ToArray();
        return type is FeatureType.Number && ends.Length == 2 && TryNumber(ends[0], out var low) && TryNumber(ends[1], out var high) && low < high
            ? new FeatureRange(low, high)
            : throw fields.Refuse("range", Expected);
    }

    private static ImmutableArray<string> Categories(JsonFields fields, FeatureType type)
    {
        var categories = fields.Texts("categories", ArchitectureLimits.Categories);
        if (type is FeatureType.Category == categories.IsEmpty)
        {
            throw fields.Refuse("categories", "given for a category, with at least one text, and absent for a number");
        }

        return categories.Select(category => category.Trim()).Distinct(StringComparer.Ordinal).Count() == categories.Length
            ? categories
            : throw fields.Refuse("categories", "different texts");
    }

    private static bool TryNumber(JsonElement value, out double number)
    {
        number = 0;
        return value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out number) && double.IsFinite(number);
    }
}
