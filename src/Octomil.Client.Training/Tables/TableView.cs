using Microsoft.ML;
using Microsoft.ML.Data;
using Octomil.Client.Tables;

namespace Octomil.Client.Training.Tables;

/// <summary>
/// A table as ML.NET sees it: one column a feature (numbers as float32 with NaN for missing, categories as text) and the target, read
/// row by row. ML.NET's own text loader is not used: it skips lines that begin with <c>//</c>, takes ragged rows as they come and turns
/// cells that are no numbers into NaN, and none of it can be found out afterwards.
/// </summary>
internal sealed class TableView : IDataView
{
    public const string TargetColumn = "target";

    private readonly string _path;
    private readonly TableColumns _columns;
    private readonly TableTally _tally;

    public TableView(string path, TableColumns columns, TableTally tally)
    {
        (_path, _columns, _tally) = (path, columns, tally);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(TargetColumn, NumberDataViewType.Single);
        for (var i = 0; i < columns.Features.Count; i++)
        {
            schema.AddColumn(FeatureColumn(i), columns.Features[i].Categories is null ? NumberDataViewType.Single : TextDataViewType.Instance);
        }

        Schema = schema.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    /// <summary>A name of our own: a feature may be named like a column that ML.NET or we add.</summary>
    public static string FeatureColumn(int feature) => $"feature {feature}";

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = new bool[Schema.Count];
        foreach (var column in columnsNeeded)
        {
            active[column.Index] = true;
        }

        return new TableCursor(Schema, active, DelimitedReader.Open(_path), _columns, _tally);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
