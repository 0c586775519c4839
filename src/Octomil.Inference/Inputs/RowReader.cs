using Octomil.Client.Tables;
using Octomil.Inference.Models;
using Octomil.Learning.Architectures;

namespace Octomil.Inference.Inputs;

/// <summary>
/// Turns the cells of one row into the model's columns, as ARCHITECTURES says: a number is one column, a category one column per
/// category with 1 where equal; a missing number is NaN (the graph takes the mean for it), a missing or unknown category all zeros.
/// </summary>
internal sealed class RowReader
{
    private readonly Architecture _architecture;
    private readonly ModelDescription _description;
    private readonly int[] _firstColumn;
    private readonly Dictionary<string, int> _byName;

    public RowReader(ModelDescription description)
    {
        (_description, _architecture) = (description, description.Architecture);
        _firstColumn = new int[_architecture.Features.Length];
        for (var i = 1; i < _firstColumn.Length; i++)
        {
            _firstColumn[i] = _firstColumn[i - 1] + _architecture.Features[i - 1].ColumnCount;
        }

        _byName = _architecture.Features.Select((feature, index) => (feature.Name, index))
            .ToDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
    }

    public int FeatureCount => _firstColumn.Length;

    public string NameOf(int feature) => _architecture.Features[feature].Name;

    /// <summary>The feature of this name, or -1.</summary>
    public int IndexOf(string name) => _byName.GetValueOrDefault(name, -1);

    /// <summary>Fills a row as if every cell were missing.</summary>
    public void Clear(Span<float> row)
    {
        for (var feature = 0; feature < _firstColumn.Length; feature++)
        {
            var described = _architecture.Features[feature];
            row.Slice(_firstColumn[feature], described.ColumnCount).Fill(described.Type is FeatureType.Category ? 0 : float.NaN);
        }
    }

    /// <summary>Puts a cell of text into its columns.</summary>
    /// <returns>False where it counts as missing: it says so, or is a category the model does not know.</returns>
    /// <exception cref="InferenceException">It is not a number where one is wanted.</exception>
    public bool Set(Span<float> row, int feature, ReadOnlySpan<char> cell, string place)
    {
        var described = _architecture.Features[feature];
        var columns = row.Slice(_firstColumn[feature], described.ColumnCount);
        if (described.Type is FeatureType.Category)
        {
            return SetCategory(columns, described, cell.Trim());
        }

        if (described.IsMissing(cell.ToString()))
        {
            return false;
        }

        return CellText.TryNumber(cell, out columns[0])
            ? true
            : throw InferenceException.Invalid($"{place}{described.Name}: {Shown(cell)} is not a number. Write numbers with a decimal point, or leave the value out.");
    }

    /// <summary>Refuses names that the model does not have while others of its own are not given: most likely a spelling.</summary>
    /// <param name="unknown">Names of the request that no feature has.</param>
    /// <param name="absent">Features that the request does not name.</param>
    /// <exception cref="InferenceException">There are both.</exception>
    public void Check(IReadOnlyCollection<string> unknown, IReadOnlyCollection<int> absent)
    {
        if (absent.Count == 0 || unknown.Count == 0)
        {
            return;
        }

        throw InferenceException.Invalid(
            $"{_description.Model} has no {(unknown.Count == 1 ? "feature" : "features")} {Names(unknown.Select(name => Shown(name)))}, "
            + $"and {Names(absent.Select(NameOf))} {(absent.Count == 1 ? "is" : "are")} not given. Expected: {Names(_architecture.Features.Select(feature => feature.Name))}.");
    }

    /// <summary>True for the column that the model predicts: it may stand in a table that is pasted as it is.</summary>
    public bool IsTarget(string name) => name == _architecture.TargetColumn;

    private static bool SetCategory(Span<float> columns, ArchitectureFeature feature, ReadOnlySpan<char> cell)
    {
        columns.Clear();
        for (var i = 0; i < columns.Length; i++)
        {
            if (cell.SequenceEqual(feature.Categories[i]))
            {
                columns[i] = 1;
                return true;
            }
        }

        return false;
    }

    private static string Names(IEnumerable<string> names)
    {
        var list = names.Take(21).ToList();
        return string.Join(", ", list.Take(20)) + (list.Count > 20 ? ", ..." : "");
    }

    private static string Shown(ReadOnlySpan<char> text) => text.Length <= 40 ? $"'{text}'" : $"'{text[..40]}...'";
}
