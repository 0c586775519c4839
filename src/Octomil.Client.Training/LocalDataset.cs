using Octomil.Learning.Aggregation;

namespace Octomil.Client.Training;

/// <summary>Rows of this device in memory: inputs as the architecture wants them, before scaling, and targets.</summary>
public abstract class LocalDataset
{
    /// <summary>Examples.</summary>
    public abstract int Rows { get; }

    /// <summary>Numbers of one input: the columns of a table, or channels x height x width of an image.</summary>
    public abstract int InputLength { get; }

    /// <summary>One target a row: the index of its class, or for a regression its value.</summary>
    public abstract ReadOnlySpan<float> Targets { get; }

    /// <summary>Rows left out because their target is missing.</summary>
    public virtual long RowsLeftOut => 0;

    /// <summary>What a person should know about the data: columns ignored, features without values. No cell of the data is in it.</summary>
    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>
    /// Count, mean and sum of squared differences from the mean of every number feature by its name, or of every channel of images by
    /// its number from 0 (in bytes / 255). Missing values are not counted. The same data give the same bits.
    /// </summary>
    public abstract IReadOnlyDictionary<string, FeatureStatistics> ComputeStatistics();

    /// <summary>Copies one input, <see cref="InputLength"/> numbers; a missing number is NaN.</summary>
    internal abstract void CopyInput(int row, Span<float> destination);
}
