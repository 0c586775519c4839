using System.Globalization;

namespace Octomil.Client.Tables;

/// <summary>How the text of a cell is understood, everywhere alike.</summary>
public static class CellText
{
    private static readonly string[] MissingTexts = ["", "?", "NA", "NaN", "null"];

    /// <summary>The texts that mean "no value" where an architecture does not list its own; case is ignored.</summary>
    public static IReadOnlyList<string> DefaultMissing => MissingTexts;

    /// <summary>Whether the trimmed cell is one of the texts that mean "no value".</summary>
    public static bool IsMissing(ReadOnlySpan<char> cell, IReadOnlyList<string> missing)
    {
        for (var i = 0; i < missing.Count; i++)
        {
            if (cell.Equals(missing[i], StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a number as float32, with a decimal point whatever the culture; false for anything that is not a finite number.</summary>
    public static bool TryNumber(ReadOnlySpan<char> cell, out float value) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
}
