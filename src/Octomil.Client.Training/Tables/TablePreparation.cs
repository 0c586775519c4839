using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Octomil.Client.Tables;

namespace Octomil.Client.Training.Tables;

/// <summary>The ML.NET pipeline from a table's features to one vector a row: categories one-hot, everything in the architecture's order.</summary>
internal static class TablePreparation
{
    public const string InputColumn = "input";

    /// <summary>Nothing is read before a cursor walks over the answer.</summary>
    public static IDataView Apply(IDataView table, IReadOnlyList<TableFeature> features)
    {
        var ml = new MLContext(seed: 0);
        IEstimator<ITransformer> pipeline = new EstimatorChain<ITransformer>();
        for (var i = 0; i < features.Count; i++)
        {
            if (features[i].Categories is { } categories)
            {
                var column = TableView.FeatureColumn(i);
                var keys = ml.Data.LoadFromEnumerable(categories.Select(text => new Category { Text = text }));
                pipeline = pipeline
                    .Append(ml.Transforms.Conversion.MapValueToKey(column, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence, keyData: keys))
                    .Append(ml.Transforms.Conversion.MapKeyToVector(column));
            }
        }

        var columns = Enumerable.Range(0, features.Count).Select(TableView.FeatureColumn).ToArray();
        return pipeline.Append(ml.Transforms.Concatenate(InputColumn, columns)).Fit(table).Transform(table);
    }

    /// <summary>Walks over the prepared rows.</summary>
    public static void Read(IDataView prepared, Action<float, VBuffer<float>> row, CancellationToken cancellationToken)
    {
        var inputColumn = prepared.Schema[InputColumn];
        var targetColumn = prepared.Schema[TableView.TargetColumn];
        using var cursor = prepared.GetRowCursor([inputColumn, targetColumn]);
        var readInput = cursor.GetGetter<VBuffer<float>>(inputColumn);
        var readTarget = cursor.GetGetter<float>(targetColumn);
        VBuffer<float> input = default;
        float target = 0;
        while (MoveNext(cursor))
        {
            cancellationToken.ThrowIfCancellationRequested();
            readInput(ref input);
            readTarget(ref target);
            row(target, input);
        }
    }

    private static bool MoveNext(DataViewRowCursor cursor)
    {
        try
        {
            return cursor.MoveNext();
        }
        catch (InvalidOperationException exception) when (CauseOf(exception) is { } cause)
        {
            // ML.NET reads on a thread of its own and wraps what is thrown there, once for every step of the pipeline.
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private static Exception? CauseOf(Exception exception)
    {
        var cause = exception.InnerException;
        while (cause is not (null or DataException or IOException))
        {
            cause = cause.InnerException;
        }

        return cause;
    }

    private sealed class Category
    {
        public string Text { get; set; } = string.Empty;
    }
}
