using System.Buffers;
using System.Globalization;

namespace Octomil;

/// <summary>
/// Text from elsewhere, made fit for a terminal. Names are chosen by other organizations: an escape sequence in one must not
/// reach the terminal of the person who lists them.
/// </summary>
internal static class Printable
{
    public static string Text(string text)
    {
        var dangerous = false;
        foreach (var character in text)
        {
            dangerous |= IsDangerous(character);
        }

        return dangerous ? string.Create(text.Length, text, Replace) : text;
    }

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    public static string Count(long count, string singular) => string.Create(CultureInfo.InvariantCulture, $"{count} {singular}{(count == 1 ? "" : "s")}");

    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };

    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    // Format characters can reorder a line or hide in it; line breaks would forge lines.
    private static bool IsDangerous(char character) =>
        char.IsControl(character) || CharUnicodeInfo.GetUnicodeCategory(character)
            is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static readonly SpanAction<char, string> Replace = (span, text) =>
    {
        for (var index = 0; index < span.Length; index++)
        {
            span[index] = text[index] is '\n' or '\t' ? ' ' : IsDangerous(text[index]) ? '?' : text[index];
        }
    };
}
