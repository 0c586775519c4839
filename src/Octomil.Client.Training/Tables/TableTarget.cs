using Octomil.Client.Tables;

namespace Octomil.Client.Training.Tables;

/// <summary>The column to predict.</summary>
internal sealed class TableTarget
{
    private readonly string _name;
    private readonly int _column;
    private readonly IReadOnlyList<string>? _classes;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _indexes;

    /// <param name="name">The column's name.</param>
    /// <param name="column">Its position.</param>
    /// <param name="classes">The classes in their order; null for a regression.</param>
    public TableTarget(string name, int column, IReadOnlyList<string>? classes)
    {
        (_name, _column, _classes) = (name, column, classes);
        _indexes = (classes ?? []).Select((label, index) => (label, index))
            .ToDictionary(pair => pair.label, pair => pair.index, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The index of the class, or the number, in the current row; null where it is missing.</summary>
    /// <exception cref="DataException">The cell holds something else.</exception>
    public float? Read(DelimitedReader reader)
    {
        var cell = reader.Cell(_column);
        if (_indexes.TryGetValue(cell, out var index))
        {
            return index;
        }

        if (CellText.IsMissing(cell, CellText.DefaultMissing))
        {
            return null;
        }

        if (_classes is not null)
        {
            throw new DataException(
                $"{reader.Place}, target {_name}: {DataException.Shorten(cell)} is none of the model's classes ({string.Join(", ", _classes)}). "
                + "Rename the label, or leave the cell empty so that the row is left out.");
        }

        return CellText.TryNumber(cell, out var number)
            ? number
            : throw new DataException(
                $"{reader.Place}, target {_name}: {DataException.Shorten(cell)} is not a number. Write numbers with a decimal point, "
                + "or leave the cell empty so that the row is left out.");
    }
}
