using System.Collections.Immutable;

namespace Octomil.Devices;

/// <summary>Reads rules: <c>FACT OPERATOR VALUE</c>, with commas between the values of in, and no value for exists.</summary>
public static class DeviceRuleText
{
    public const int LongestRule = 512;

    private static readonly string[] Facts =
    [
        "platform", "os_version", "sdk_version", "app_version", "manufacturer", "model", "region", "total_memory_mb", "battery_pct", "charging", "feature_count",
    ];

    /// <summary>The rule, or what is wrong with its text, which the error repeats.</summary>
    public static (DeviceRule? Rule, string? Error) Parse(string? text)
    {
        if (text is not { Length: > 0 and <= LongestRule })
        {
            return (null, $"must be texts of 1 to {LongestRule} characters, like 'platform eq ios'");
        }

        var words = text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var parsed = words.Length < 2 ? RuleOperator.None : OperatorOf(words[1]);
        var value = words.Length > 2 ? words[2].Trim('"') : "";
        var error = words.Length < 2 ? "a rule is a fact, an operator and a value, like 'platform eq ios'"
            : !IsFact(words[0]) ? $"'{words[0]}' is no fact of devices; known are {string.Join(", ", Facts)}, metadata.NAME and capabilities.NAME"
            : parsed is RuleOperator.None ? $"'{words[1]}' is no operator; known are eq, ne, in, gt, ge, lt, le, contains and exists"
            : parsed is RuleOperator.Exists && value.Length > 0 ? "exists takes no value"
            : parsed is not RuleOperator.Exists && value.Length == 0 ? $"{words[1]} needs a value"
            : IsOrder(parsed) && DeviceRule.Number(value) is null && DeviceRule.Parts(value) is null
                ? $"{words[1]} compares numbers and versions, and '{value}' is neither"
            : null;
        return error is null
            ? (new DeviceRule { Fact = words[0], Operator = parsed, Values = ValuesOf(parsed, value) }, null)
            : (null, $"cannot have '{text}': {error}");
    }

    private static ImmutableArray<string> ValuesOf(RuleOperator parsed, string value) => parsed switch
    {
        RuleOperator.Exists => [],
        RuleOperator.In => [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        _ => [value],
    };

    private static RuleOperator OperatorOf(string word) =>
        Enum.GetValues<RuleOperator>().FirstOrDefault(one => one is not RuleOperator.None && string.Equals(one.ToString(), word, StringComparison.OrdinalIgnoreCase));

    private static bool IsOrder(RuleOperator parsed) => parsed is RuleOperator.Gt or RuleOperator.Ge or RuleOperator.Lt or RuleOperator.Le;

    private static bool IsFact(string name) => Facts.Contains(name, StringComparer.Ordinal)
        || (name.StartsWith("metadata.", StringComparison.Ordinal) && name.Length > "metadata.".Length)
        || (name.StartsWith("capabilities.", StringComparison.Ordinal) && name.Length > "capabilities.".Length);
}
