using Microsoft.ML;
using Microsoft.ML.Data;
using Octomil.Client.Tables;

namespace Octomil.Client.Training.Tables;

/// <summary>Walks over the rows that have a target.</summary>
internal sealed class TableCursor : DataViewRowCursor
{
    private readonly DataViewSchema _schema;
    private readonly bool[] _active;
    private readonly DelimitedReader _reader;
    private readonly TableColumns _columns;
    private readonly TableTally _tally;
    private readonly float[] _numbers;
    private readonly ReadOnlyMemory<char>[] _texts;
    private float _target;
    private long _position = -1;

    public TableCursor(DataViewSchema schema, bool[] active, DelimitedReader reader, TableColumns columns, TableTally tally)
    {
        (_schema, _active, _reader, _columns, _tally) = (schema, active, reader, columns, tally);
        _numbers = new float[columns.Features.Count];
        _texts = new ReadOnlyMemory<char>[columns.Features.Count];
        Array.Fill(_numbers, float.NaN);
    }

    public override long Position => _position;

    public override long Batch => 0;

    public override DataViewSchema Schema => _schema;

    public override bool MoveNext()
    {
        while (_reader.Read())
        {
            if (_columns.Target.Read(_reader) is not { } target)
            {
                _tally.RowsLeftOut++;
                continue;
            }

            _target = target;
            for (var i = 0; i < _numbers.Length; i++)
            {
                ReadFeature(i, _columns.Features[i]);
            }

            _position++;
            return true;
        }

        return false;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var feature = column.Index - 1;
        Delegate getter = feature < 0
            ? (ValueGetter<float>)((ref float value) => value = _target)
            : _columns.Features[feature].Categories is null
                ? (ValueGetter<float>)((ref float value) => value = _numbers[feature])
                : (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _texts[feature]);
        return (ValueGetter<TValue>)getter;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reader.Dispose();
        }

        base.Dispose(disposing);
    }

    private void ReadFeature(int index, TableFeature feature)
    {
        if (feature.Column < 0)
        {
            return;
        }

        if (feature.Categories is null)
        {
            _numbers[index] = feature.ReadNumber(_reader);
            _tally.Values[index] += float.IsNaN(_numbers[index]) ? 0 : 1;
            return;
        }

        _texts[index] = feature.ReadCategory(_reader, out var unknown);
        _tally.Values[index] += _texts[index].IsEmpty ? 0 : 1;
        _tally.Unknown[index] += unknown ? 1 : 0;
    }
}
