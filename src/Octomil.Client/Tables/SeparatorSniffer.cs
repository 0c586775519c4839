namespace Octomil.Client.Tables;

/// <summary>Finds the separator of a table from its header.</summary>
internal static class SeparatorSniffer
{
    private static readonly char[] Known = [',', ';', '\t'];

    /// <summary>The known separator that stands most often outside quotes in the first line; comma where none does.</summary>
    public static char Find(ReadOnlySpan<char> text)
    {
        text = text.TrimStart("\r\n");
        Span<int> counts = stackalloc int[Known.Length];
        var quoted = false;
        foreach (var c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is '\n' or '\r')
            {
                break;
            }
            else if (!quoted && Array.IndexOf(Known, c) is >= 0 and var known)
            {
                counts[known]++;
            }
        }

        var most = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            most = counts[i] > counts[most] ? i : most;
        }

        return Known[most];
    }
}
