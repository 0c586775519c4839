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

    // A row of the listing holds two maps at registration and one of the last heartbeat.
    private const int MapLength = 4096;

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
            checks.Fact(name, text);
        }

        return checks;
    }

    public static FieldChecks Check(DeviceFacts? facts) =>
        new FieldChecks().Facts("metadata", facts?.Metadata).Fact("sdk_version", facts?.SdkVersion);

    public static ImmutableSortedDictionary<string, string> Read(RegisterDeviceRequest request)
    {
        var facts = Empty();
        foreach (var (name, text) in Named(request))
        {
            facts.Put(name, text);
        }

        facts.Put("total_memory_mb", Text(request.TotalMemoryMb));
        facts.Put("battery_pct", Text(request.BatteryPct));
        facts.Put("charging", Text(request.Charging));
        facts.PutAll("metadata", request.Metadata);
        facts.PutAll("capabilities", request.Capabilities);

        // Only how many: the names are the device's own, and may say much of its data.
        facts.Put("feature_count", Text(request.FeatureSchema?.Count));
        return facts.ToImmutable();
    }

    /// <summary>Null where nothing was said.</summary>
    public static ImmutableSortedDictionary<string, string>? Read(DeviceFacts? report)
    {
        var facts = Empty();
        facts.Put("sdk_version", report?.SdkVersion);
        facts.Put("battery_pct", Text(report?.BatteryPct));
        facts.Put("charging", Text(report?.Charging));
        facts.PutAll("metadata", report?.Metadata);
        return facts.Count == 0 ? null : facts.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string>.Builder Empty() => ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);

    private static void Put(this ImmutableSortedDictionary<string, string>.Builder facts, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            facts[name] = text;
        }
    }

    private static void PutAll(
        this ImmutableSortedDictionary<string, string>.Builder facts, string prefix, IReadOnlyDictionary<string, JsonElement>? values)
    {
        foreach (var (name, value) in values ?? ImmutableDictionary<string, JsonElement>.Empty)
        {
            facts.Put($"{prefix}.{name}", Text(value));
        }
    }

    private static FieldChecks Fact(this FieldChecks checks, string name, string? text) =>
        checks.Require(text is null || text.Length <= TextLength, name, $"must be at most {TextLength} characters");

    private static FieldChecks Facts(this FieldChecks checks, string field, IReadOnlyDictionary<string, JsonElement>? facts) => checks.Require(
        facts is null || (facts.Count <= MostFacts && facts.Sum(fact => fact.Key.Length + Text(fact.Value).Length) <= MapLength
            && facts.All(fact => fact.Key.Length is > 0 and <= NameLength && Text(fact.Value).Length <= TextLength)),
        field, $"must be at most {MostFacts} facts with names of 1 to {NameLength} and texts of at most {TextLength} characters, {MapLength} in all");

    private static IEnumerable<(string Name, string? Text)> Named(RegisterDeviceRequest request) =>
    [
        ("platform", request.Platform), ("os_version", request.OsVersion), ("sdk_version", request.SdkVersion),
        ("app_version", request.AppVersion), ("manufacturer", request.Manufacturer), ("model", request.Model), ("region", request.Region),
    ];

    private static string? Text(double? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Text(bool? flag) => flag switch
    {
        true => "true",
        false => "false",
        null => null,
    };

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() ?? "",
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };
}
