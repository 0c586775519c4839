using Octomil.Client.Tables;

namespace Octomil.Client.Training.Tables;

/// <summary>A feature of the architecture and the column of the table that holds it.</summary>
internal sealed class TableFeature
{
    private readonly IReadOnlyList<string> _missing;
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _known;

    /// <param name="name">The feature's name.</param>
    /// <param name="column">The table's column, or -1 where the table lacks it.</param>
    /// <param name="categories">The categories in their order; null for a number.</param>
    /// <param name="missing">The texts that mean "no value"; null for the usual ones.</param>
    public TableFeature(string name, int column, IReadOnlyList<string>? categories, IReadOnlyList<string>? missing)
    {
        (Name, Column, Categories, _missing) = (name, column, categories, missing ?? CellText.DefaultMissing);
        _known = (categories ?? []).ToDictionary(text => text, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Name { get; }

    public int Column { get; }

    public IReadOnlyList<string>? Categories { get; }

    /// <summary>The columns of the input that it takes.</summary>
    public int Width => Categories?.Count ?? 1;

    /// <summary>The number in the current row, NaN where it is missing.</summary>
    /// <exception cref="DataException">The cell holds something else.</exception>
    public float ReadNumber(DelimitedReader reader)
    {
        var cell = reader.Cell(Column);
        if (CellText.IsMissing(cell, _missing))
        {
            return float.NaN;
        }

        return CellText.TryNumber(cell, out var number)
            ? number
            : throw new DataException(
                $"{reader.Place}, column {Name}: {DataException.Shorten(cell)} is not a number. Write numbers with a decimal point, "
                + "leave the cell empty where there is no value, or list the text under 'missing' in the architecture.");
    }

    /// <summary>The category in the current row; empty where it is missing or not one of the architecture's.</summary>
    public ReadOnlyMemory<char> ReadCategory(DelimitedReader reader, out bool unknown)
    {
        var cell = reader.Cell(Column);
        if (_known.TryGetValue(cell, out var category))
        {
            unknown = false;
            return category.AsMemory();
        }

        unknown = !CellText.IsMissing(cell, _missing);
        return default;
    }
}
