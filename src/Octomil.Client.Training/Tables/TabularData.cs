using Octomil.Client.Tables;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Architectures;

namespace Octomil.Client.Training.Tables;

/// <summary>
/// A CSV table read for an architecture: float32 [rows, columns], row-major, categories one-hot, missing numbers NaN until they are
/// scaled (then 0: the mean).
/// </summary>
public sealed class TabularData : LocalDataset
{
    private readonly FeatureMatrix _matrix;
    private readonly TableColumns _columns;

    private TabularData(FeatureMatrix matrix, TableColumns columns, int inputLength, TableTally tally)
    {
        (_matrix, _columns, InputLength) = (matrix, columns, inputLength);
        RowsLeftOut = tally.RowsLeftOut;
        Notes = [.. TableNotes.Of(columns, tally)];
    }

    /// <inheritdoc/>
    public override int Rows => _matrix.Rows;

    /// <inheritdoc/>
    public override int InputLength { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Targets => _matrix.Targets;

    /// <inheritdoc/>
    public override long RowsLeftOut { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; }

    /// <summary>The inputs, [<see cref="Rows"/>, <see cref="LocalDataset.InputLength"/>]; one row of them.</summary>
    public ReadOnlySpan<float> Row(int row) => _matrix.Row(row);

    /// <summary>Reads a table in one pass.</summary>
    /// <param name="path">A CSV file with a header; comma, semicolon or tab.</param>
    /// <param name="architecture">An architecture with features.</param>
    /// <param name="targetColumn">The column to predict where it is named unlike the architecture's <c>target_col</c>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="DataException">The table does not fit the architecture; the message says where and why.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static TabularData Load(string path, Architecture architecture, string? targetColumn = null, CancellationToken cancellationToken = default)
    {
        using var reader = DelimitedReader.Open(path);
        var columns = TableColumns.Bind(reader, architecture, TargetOf(reader, architecture, targetColumn));
        var tally = new TableTally(columns.Features.Count);
        var matrix = new FeatureMatrix(architecture.ColumnCount, ExpectedRows(path, reader));
        var prepared = TablePreparation.Apply(new TableView(path, columns, tally), columns.Features);
        TablePreparation.Read(prepared, (target, input) => input.CopyTo(matrix.Add(target)), cancellationToken);
        if (matrix.Rows == 0)
        {
            throw new DataException(
                $"{reader.Name} has no row with a target ({tally.RowsLeftOut} rows were left out). Fill in the target column, or give a table with rows.");
        }

        return new TabularData(matrix, columns, architecture.ColumnCount, tally);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, FeatureStatistics> ComputeStatistics()
    {
        var statistics = new Dictionary<string, FeatureStatistics>(StringComparer.Ordinal);
        var column = 0;
        foreach (var feature in _columns.Features)
        {
            if (feature.Categories is null)
            {
                statistics[feature.Name] = StatisticsOf(column);
            }

            column += feature.Width;
        }

        return statistics;
    }

    internal override void CopyInput(int row, Span<float> destination) => _matrix.Row(row).CopyTo(destination);

    private FeatureStatistics StatisticsOf(int column)
    {
        var (count, sum) = (0L, 0.0);
        for (var row = 0; row < Rows; row++)
        {
            var value = _matrix.Row(row)[column];
            if (!float.IsNaN(value))
            {
                count++;
                sum += value;
            }
        }

        // Two passes: the sum of squares minus the square of the sum would lose the digits of values far from 0.
        var mean = count > 0 ? sum / count : 0;
        var m2 = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            var value = _matrix.Row(row)[column];
            m2 += float.IsNaN(value) ? 0 : (value - mean) * (value - mean);
        }

        return new FeatureStatistics(count, mean, m2);
    }

    private static string TargetOf(DelimitedReader reader, Architecture architecture, string? targetColumn) =>
        targetColumn ?? architecture.TargetCol
            ?? throw new DataException($"The model does not say which column of {reader.Name} to predict. Name the target column.");

    /// <summary>Guesses from the size of the file and of its first rows, so that the matrix is allocated about once.</summary>
    private static long ExpectedRows(string path, DelimitedReader reader)
    {
        const int Sample = 64;
        var chars = reader.Header.Sum(name => name.Length + 1L);
        while (reader.Row < Sample && reader.Read())
        {
            for (var i = 0; i < reader.Header.Count; i++)
            {
                chars += reader.Cell(i).Length + 1;
            }
        }

        return reader.Row < Sample ? reader.Row : (long)(new FileInfo(path).Length / (double)chars * Sample * 1.02);
    }
}
