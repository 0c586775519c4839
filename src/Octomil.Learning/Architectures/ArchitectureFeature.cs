using System.Collections.Immutable;

namespace Octomil.Learning.Architectures;

/// <summary>One feature of tabular data.</summary>
public sealed record ArchitectureFeature
{
    /// <summary>Cells that mean "no value" where a feature does not list its own; compared without case, after trimming.</summary>
    public static readonly ImmutableArray<string> DefaultMissing = ["", "?", "NA", "NaN", "null"];

    /// <summary>The column of the device's data.</summary>
    public required string Name { get; init; }

    /// <summary>Number or category.</summary>
    public required FeatureType Type { get; init; }

    /// <summary>For a number: its public range, which private runs scale by.</summary>
    public FeatureRange? Range { get; init; }

    /// <summary>The cells that mean "no value", if other than <see cref="DefaultMissing"/>.</summary>
    public ImmutableArray<string>? Missing { get; init; }

    /// <summary>For a category: its categories in the order of their columns; empty for a number.</summary>
    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>Columns of the model's input: 1, or one per category.</summary>
    public int ColumnCount => Type is FeatureType.Category ? Categories.Length : 1;

    /// <summary>True if a cell means "no value": trimmed and without case one of the missing texts.</summary>
    public bool IsMissing(string cell)
    {
        var trimmed = cell.AsSpan().Trim();
        foreach (var missing in Missing ?? DefaultMissing)
        {
            if (trimmed.Equals(missing.AsSpan().Trim(), StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
