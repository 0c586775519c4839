using System.Globalization;
using System.Text.RegularExpressions;

namespace Octomil;

/// <summary>The small languages of option values. A parser returns a value, or what is wrong with the text.</summary>
internal static partial class Values
{
    private const int LongestName = 200;

    /// <summary>Anything that stays one segment of a path; the service decides the rest.</summary>
    public static string? CheckName(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return "a name may not be empty.";
        }

        return text.Length > LongestName || text is "." or ".." || text.Trim().Length != text.Length || text.Any(c => char.IsControl(c) || c is '/' or '\\')
            ? $"'{Printable.Text(text)}' is not a name (no slashes, control characters or spaces around it; at most {LongestName} characters)."
            : null;
    }

    /// <summary>A title for people, which never stands in a path.</summary>
    public static string? CheckTitle(string text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > LongestName || text.Any(char.IsControl)
            ? $"a title of 1 to {LongestName} characters is expected, without control characters."
            : null;

    public static string? CheckVersion(string text) =>
        SemanticVersion().IsMatch(text) ? null : $"'{Printable.Text(text)}' is not a version like 1.0.0.";

    public static (double Value, string? Error) ParseReal(string text, double least, double most, bool above)
    {
        var inside = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            && (above ? value > least : value >= least) && value <= most;
        var range = string.Create(CultureInfo.InvariantCulture, $"{(above ? "above" : "at least")} {least}{(most < double.MaxValue ? $", at most {most}" : "")}");
        return inside ? (value, null) : (0, $"'{text}' is not a number ({range}).");
    }

    /// <summary>0.2 or 20%, in [0, 1).</summary>
    public static (double Value, string? Error) ParseFraction(string text)
    {
        var percent = text.EndsWith('%');
        var parsed = double.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value);
        value = percent ? value / 100 : value;
        return parsed && value < 1 ? (value, null) : (0, $"'{text}' is not a part of the whole, like 0.2 or 20% (below 100%).");
    }

    /// <summary>10 or 10%, from 0 to 100 with at most two decimals.</summary>
    public static (double Value, string? Error) ParsePercentage(string text)
    {
        var number = text.EndsWith('%') ? text[..^1] : text;
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value is >= 0 and <= 100 && Math.Round(value, 2) == value
            ? (value, null)
            : (0, $"'{text}' is not a percentage like 10 or 10% (0 to 100, at most two decimals).");
    }

    /// <summary>A number with ms, s, m, h or d; parts may follow one another, as in 1h30m.</summary>
    public static (TimeSpan Value, string? Error) ParseDuration(string text)
    {
        var match = DurationParts().Match(text);
        if (!match.Success)
        {
            return (default, $"'{text}' is not a time like 90s, 10m or 1h30m.");
        }

        var seconds = 0.0;
        for (var part = 0; part < match.Groups["number"].Captures.Count; part++)
        {
            seconds += double.Parse(match.Groups["number"].Captures[part].Value, CultureInfo.InvariantCulture)
                * SecondsIn(match.Groups["unit"].Captures[part].Value);
        }

        return seconds is > 0 and < 365 * 86400.0 ? (TimeSpan.FromSeconds(seconds), null) : (default, $"'{text}' must be above 0 and below a year.");
    }

    /// <summary>name=value pairs, each name once.</summary>
    public static (IReadOnlyDictionary<string, string> Values, string? Error) ParsePairs(IEnumerable<string> texts)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == text.Length - 1)
            {
                return (pairs, $"'{text}' is not of the form name=value.");
            }

            if (!pairs.TryAdd(text[..equals].Trim(), text[(equals + 1)..].Trim()))
            {
                return (pairs, $"'{text[..equals]}' is given twice.");
            }
        }

        return (pairs, null);
    }

    private static double SecondsIn(string unit) => unit switch
    {
        "ms" => 0.001,
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 86400,
    };

    [GeneratedRegex(@"^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex SemanticVersion();

    [GeneratedRegex(@"^((?<number>\d{1,9}(\.\d{1,9})?)(?<unit>ms|s|m|h|d))+\z", RegexOptions.ExplicitCapture)]
    private static partial Regex DurationParts();
}
