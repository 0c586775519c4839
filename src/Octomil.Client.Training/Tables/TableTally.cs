namespace Octomil.Client.Training.Tables;

/// <summary>What was seen while a table was read.</summary>
internal sealed class TableTally(int features)
{
    /// <summary>Rows left out because their target is missing.</summary>
    public long RowsLeftOut { get; set; }

    /// <summary>By feature: cells with a value that can be used.</summary>
    public long[] Values { get; } = new long[features];

    /// <summary>By feature: cells of a category that the architecture does not list.</summary>
    public long[] Unknown { get; } = new long[features];
}
