using System.Collections.Immutable;
using System.Globalization;

namespace Octomil.Devices;

/// <summary>How a rule compares a fact.</summary>
public enum RuleOperator
{
    None = 0,
    Eq = 1,
    Ne = 2,
    In = 3,
    Gt = 4,
    Ge = 5,
    Lt = 6,
    Le = 7,
    Contains = 8,
    Exists = 9,
}

/// <summary>
/// One condition on what a device says of itself, such as <c>platform eq ios</c>. Texts are compared without regard to case; gt, ge, lt
/// and le compare numbers and dotted versions. A fact that a device does not give satisfies ne alone.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.device-rule")]
public sealed record DeviceRule
{
    [Id(0)] public required string Fact { get; init; }
    [Id(1)] public required RuleOperator Operator { get; init; }

    /// <summary>None for exists, several for in, else one.</summary>
    [Id(2)] public ImmutableArray<string> Values { get; init; } = [];

    public bool Holds(IReadOnlyDictionary<string, string> facts)
    {
        if (!facts.TryGetValue(Fact, out var text))
        {
            return Operator is RuleOperator.Ne;
        }

        return Operator switch
        {
            RuleOperator.Exists => true,
            RuleOperator.Eq or RuleOperator.In => Values.Any(value => IsSame(text, value)),
            RuleOperator.Ne => !IsSame(text, Values[0]),
            RuleOperator.Contains => text.Contains(Values[0], StringComparison.OrdinalIgnoreCase),
            RuleOperator.Gt => Compare(text, Values[0]) > 0,
            RuleOperator.Ge => Compare(text, Values[0]) >= 0,
            RuleOperator.Lt => Compare(text, Values[0]) < 0,
            RuleOperator.Le => Compare(text, Values[0]) <= 0,
            _ => false,
        };
    }

    /// <summary>The rule as it is written; the same text is the same rule.</summary>
    public override string ToString() =>
        $"{Fact} {Operator.ToString().ToLowerInvariant()} {string.Join(',', Values)}".TrimEnd();

    private static bool IsSame(string left, string right) =>
        string.Equals(left, right, StringComparison.OrdinalIgnoreCase) || (Number(left) is { } a && Number(right) is { } b && a == b);

    // Null, which satisfies no comparison, where one is neither a number nor a version.
    private static int? Compare(string left, string right) => (Number(left), Number(right)) switch
    {
        ({ } a, { } b) => (int?)a.CompareTo(b),
        _ => Parts(left) is { } a && Parts(right) is { } b ? Compare(a, b) : null,
    };

    private static int Compare(long[] left, long[] right)
    {
        for (var i = 0; i < Math.Max(left.Length, right.Length); i++)
        {
            var order = left.ElementAtOrDefault(i).CompareTo(right.ElementAtOrDefault(i));

            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    internal static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    internal static long[]? Parts(string text)
    {
        var parts = text.Split('.');
        var numbers = new long[parts.Length];

        for (var i = 0; i < parts.Length; i++)
        {
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }
}
