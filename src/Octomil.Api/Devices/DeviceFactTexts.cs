using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Octomil.Devices;

/// <summary>What a device says of itself, as bounded texts by name.</summary>
internal static class DeviceFactTexts
{
    private const int MostFacts = 64;
    private const int MostColumns = 2000;
    private const int NameLength = 64;
    private const int TextLength = 512;

    public static FieldChecks Facts(this FieldChecks checks, string field, IReadOnlyDictionary<string, JsonElement>? facts) => checks.Require(
        facts is null || (facts.Count <= MostFacts && facts.All(fact => fact.Key.Length is > 0 and <= NameLength && Text(fact.Value).Length <= TextLength)),
        field, $"must be at most {MostFacts} facts with names of 1 to {NameLength} and texts of at most {TextLength} characters");

    public static FieldChecks Check(RegisterDeviceRequest request)
    {
        var checks = new FieldChecks()
            .Require(
                request.DeviceIdentifier is { Length: >= 1 and <= 128 } identifier && !identifier.Any(char.IsControl) && !string.IsNullOrWhiteSpace(identifier),
                "device_identifier", "must be 1 to 128 printable characters")
            .Facts("metadata", request.Metadata)
            .Facts("capabilities", request.Capabilities)
            .Require(
                request.FeatureSchema is null || (request.FeatureSchema.Count <= MostColumns && request.FeatureSchema.All(name => name is { Length: <= 256 })),
                "feature_schema", $"must be at most {MostColumns} names of at most 256 characters");
        foreach (var (name, text) in Named(request))
        {
            checks.Require(text is null || text.Length <= TextLength, name, $"must be at most {TextLength} characters");
        }

        return checks;
    }

    public static ImmutableSortedDictionary<string, string> Read(RegisterDeviceRequest request)
    {
        var facts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in Named(request))
        {
            Add(name, text);
        }

        Add("total_memory_mb", request.TotalMemoryMb?.ToString(CultureInfo.InvariantCulture));
        Add("battery_pct", request.BatteryPct?.ToString(CultureInfo.InvariantCulture));
        Add("charging", request.Charging is { } charging ? (charging ? "true" : "false") : null);
        AddAll("metadata", request.Metadata);
        AddAll("capabilities", request.Capabilities);

        // Only how many: the names are the device's own, and may say much of its data.
        Add("feature_count", request.FeatureSchema?.Count.ToString(CultureInfo.InvariantCulture));
        return facts.ToImmutable();

        void Add(string name, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                facts[name] = text;
            }
        }

        void AddAll(string prefix, IReadOnlyDictionary<string, JsonElement>? values)
        {
            foreach (var (name, value) in values ?? ImmutableDictionary<string, JsonElement>.Empty)
            {
                Add($"{prefix}.{name}", Text(value));
            }
        }
    }

    private static IEnumerable<(string Name, string? Text)> Named(RegisterDeviceRequest request) =>
    [
        ("platform", request.Platform), ("os_version", request.OsVersion), ("sdk_version", request.SdkVersion),
        ("app_version", request.AppVersion), ("manufacturer", request.Manufacturer), ("model", request.Model), ("region", request.Region),
    ];

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() ?? "",
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };
}
