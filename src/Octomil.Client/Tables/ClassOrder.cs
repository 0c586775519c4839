namespace Octomil.Client.Tables;

/// <summary>The order of a target's classes; of two, the second is the positive one.</summary>
internal static class ClassOrder
{
    // "Nothing was found", as tables say it.
    private static readonly HashSet<string> Negatives = new(StringComparer.OrdinalIgnoreCase)
    {
        "0", "-1", "no", "n", "false", "f", "negative", "neg", "normal", "healthy", "benign", "control", "absent", "none", "low", "good", "alive",
    };

    /// <summary>Numbers by value, texts by code point; of two texts the one that says "nothing was found" comes first.</summary>
    public static string[] Of(ColumnProfile target)
    {
        if (target.IsNumeric)
        {
            return [.. target.Texts.OrderBy(Number).ThenBy(text => text, StringComparer.Ordinal)];
        }

        string[] classes = [.. target.Texts.Order(StringComparer.Ordinal)];
        if (classes.Length == 2 && Negatives.Contains(classes[1]) && !Negatives.Contains(classes[0]))
        {
            Array.Reverse(classes);
        }

        return classes;
    }

    private static float Number(string text) => CellText.TryNumber(text, out var number) ? number : float.NaN;
}
