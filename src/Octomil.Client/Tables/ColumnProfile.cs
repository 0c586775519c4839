namespace Octomil.Client.Tables;

/// <summary>What a column holds, learned in one pass and in bounded memory.</summary>
internal sealed class ColumnProfile
{
    /// <summary>More distinct texts than this are not kept: no decision asks for more.</summary>
    private const int MostTexts = 51;

    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _spans;

    public ColumnProfile() => _spans = _texts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Cells that hold a value.</summary>
    public long Values { get; private set; }

    /// <summary>The first value that is not a number, shortened, or null.</summary>
    public string? FirstText { get; private set; }

    /// <summary>The row of <see cref="FirstText"/>.</summary>
    public long FirstTextRow { get; private set; }

    public bool IsNumeric => Values > 0 && FirstText is null;

    /// <summary>Whether every number so far was whole.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>The distinct values, at most 51.</summary>
    public IReadOnlyCollection<string> Texts => _texts;

    public void Add(ReadOnlySpan<char> cell, long row)
    {
        if (CellText.IsMissing(cell, CellText.DefaultMissing))
        {
            return;
        }

        Values++;
        if (_texts.Count < MostTexts)
        {
            _spans.Add(cell);
        }

        if (CellText.TryNumber(cell, out var number))
        {
            IsWhole &= number == MathF.Floor(number);
        }
        else if (FirstText is null)
        {
            (FirstText, FirstTextRow) = (DataException.Shorten(cell), row);
        }
    }
}
