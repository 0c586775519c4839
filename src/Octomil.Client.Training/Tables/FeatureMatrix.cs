namespace Octomil.Client.Training.Tables;

/// <summary>A row-major float32 matrix that grows by rows, with one target a row.</summary>
internal sealed class FeatureMatrix
{
    private readonly int _columns;
    private float[] _values;
    private float[] _targets;

    public FeatureMatrix(int columns, long expectedRows)
    {
        _columns = columns;
        var rows = (int)Math.Clamp(expectedRows, 16, MostRows);
        _values = GC.AllocateUninitializedArray<float>(checked(rows * columns));
        _targets = GC.AllocateUninitializedArray<float>(rows);
    }

    public int Rows { get; private set; }

    public ReadOnlySpan<float> Targets => _targets.AsSpan(0, Rows);

    /// <summary>One array holds all values.</summary>
    public int MostRows => Array.MaxLength / _columns;

    public ReadOnlySpan<float> Row(int row) => _values.AsSpan(row * _columns, _columns);

    /// <summary>Appends a row and answers where its values go.</summary>
    public Span<float> Add(float target)
    {
        if (Rows == _targets.Length)
        {
            // A quarter more, not twice as much: the tables that matter here fill the memory.
            var rows = (int)Math.Min(MostRows, (Rows * 5L / 4) + 16);
            if (rows == Rows)
            {
                throw new InvalidOperationException($"A table of {_columns} columns may have at most {MostRows} rows.");
            }

            Array.Resize(ref _values, rows * _columns);
            Array.Resize(ref _targets, rows);
        }

        _targets[Rows] = target;
        return _values.AsSpan(Rows++ * _columns, _columns);
    }
}
