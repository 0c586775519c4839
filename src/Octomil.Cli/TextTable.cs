using Spectre.Console;

namespace Octomil;

/// <summary>Aligned columns with two spaces between them, the same on a terminal and in a pipe.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];
    private readonly bool[] _right;

    private TextTable(bool[] right) => _right = right;

    /// <summary>A column whose name starts with <c>&gt;</c> is aligned to the right.</summary>
    public static TextTable WithHeader(params string[] columns)
    {
        var table = new TextTable([.. columns.Select(column => column.StartsWith('>'))]);
        table._rows.Add([.. columns.Select(column => column.TrimStart('>'))]);
        return table;
    }

    public static TextTable WithoutHeader(params bool[] rightAligned) => new(rightAligned);

    public void Add(params string?[] cells) => _rows.Add([.. cells.Select(cell => Printable.Text(string.IsNullOrEmpty(cell) ? "-" : cell))]);

    public IEnumerable<string> Lines(string indent = "")
    {
        var widths = _right.Select((_, column) => _rows.Select(row => row[column].GetCellWidth()).DefaultIfEmpty().Max()).ToArray();
        return _rows.Select(row => (indent + string.Join("  ", row.Select((cell, column) => Pad(cell, widths[column], _right[column])))).TrimEnd());
    }

    private static string Pad(string cell, int width, bool right)
    {
        // PadLeft and PadRight count characters; a name may hold wide ones.
        var padding = new string(' ', width - cell.GetCellWidth());
        return right ? padding + cell : cell + padding;
    }
}
