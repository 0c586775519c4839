namespace Octomil.Learning.Aggregation;

/// <summary>
/// The sum of a number that every update brings beside its values, in fixed point: like the fold it does not depend on the order, and what was
/// added can be taken out again.
/// </summary>
public readonly record struct ColumnSum
{
    private const int FractionBits = 64;

    /// <summary>The largest absolute value of a number.</summary>
    public const double Largest = 1L << 40;

    /// <summary>The sum in units of 2^-64.</summary>
    public Int128 Units { get; init; }

    public double Value => Math.ScaleB((double)Units, -FractionBits);

    /// <summary>Adds a number.</summary>
    /// <param name="value">From -2^40 to 2^40, so that 2^23 of them fit.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is outside that range.</exception>
    public ColumnSum Add(double value) => new() { Units = Units + UnitsOf(value) };

    /// <summary>Takes a number out.</summary>
    /// <inheritdoc cref="Add"/>
    public ColumnSum Subtract(double value) => new() { Units = Units - UnitsOf(value) };

    public ColumnSum Merge(ColumnSum other) => new() { Units = Units + other.Units };

    private static Int128 UnitsOf(double value) => value is >= -Largest and <= Largest
        ? (Int128)Math.ScaleB(value, FractionBits)
        : throw new ArgumentOutOfRangeException(nameof(value), value, "The number beside an update must be from -2^40 to 2^40.");
}
