using System.Globalization;
using System.Text.RegularExpressions;

namespace Octomil.Models;

/// <summary>Semantic versions (semver.org 2.0.0) as texts: valid ones, their order, the next major one. Build metadata is refused.</summary>
public static partial class SemanticVersion
{
    public static bool IsValid(string? text) => text is { Length: <= 64 } && Pattern().IsMatch(text);

    /// <summary>Negative where <paramref name="left"/> comes first (semver rule 11).</summary>
    public static int Compare(string left, string right)
    {
        var (a, b) = (Pattern().Match(left), Pattern().Match(right));

        foreach (var part in (ReadOnlySpan<string>)["major", "minor", "patch"])
        {
            var order = CompareNumbers(a.Groups[part].Value, b.Groups[part].Value);

            if (order != 0)
            {
                return order;
            }
        }

        return ComparePreReleases(a.Groups["pre"].Value, b.Groups["pre"].Value);
    }

    /// <summary><c>1.4.2</c> becomes <c>2.0.0</c>.</summary>
    public static string NextMajor(string version)
    {
        var major = long.Parse(Pattern().Match(version).Groups["major"].Value, CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{major + 1}.0.0");
    }

    private static int ComparePreReleases(string left, string right)
    {
        if (left.Length == 0 || right.Length == 0)
        {
            // A release comes after its pre-releases.
            return (left.Length == 0).CompareTo(right.Length == 0);
        }

        var (a, b) = (left.Split('.'), right.Split('.'));

        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            var (aIsNumber, bIsNumber) = (a[i].All(char.IsAsciiDigit), b[i].All(char.IsAsciiDigit));
            var order = aIsNumber != bIsNumber ? bIsNumber.CompareTo(aIsNumber)
                : aIsNumber ? CompareNumbers(a[i], b[i])
                : string.CompareOrdinal(a[i], b[i]);

            if (order != 0)
            {
                return order;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    // Without leading zeros the longer number is the greater one, whatever its size.
    private static int CompareNumbers(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);

    [GeneratedRegex(@"^(?<major>0|[1-9]\d{0,8})\.(?<minor>0|[1-9]\d{0,8})\.(?<patch>0|[1-9]\d{0,8})(-(?<pre>(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
