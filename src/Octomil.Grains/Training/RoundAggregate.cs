using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>The one update that a round's updates become, read piece by piece.</summary>
internal abstract class RoundAggregate(FoldTally tally) : IDisposable
{
    /// <summary>What counted: without whoever is excluded.</summary>
    public FoldTally Tally => tally;

    /// <summary>What the strategy made of the sums.</summary>
    public SumScale Scale { get; protected init; } = new(1);

    /// <summary>The largest piece that it has the memory for.</summary>
    public virtual int MostCoordinates => int.MaxValue;

    /// <summary>A buffer; one piece is read while another is computed.</summary>
    /// <param name="parameters">Of the largest piece.</param>
    public abstract IAggregatePiece CreatePiece(int parameters);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A piece of the aggregate.</summary>
internal interface IAggregatePiece
{
    /// <summary>Reads what the coordinates from <paramref name="coordinate"/> on are made of.</summary>
    Task ReadAsync(long coordinate, int count, CancellationToken cancellationToken);

    /// <summary>Makes the aggregate of what was read; where devices send two vectors, both of them one after the other.</summary>
    void Compute(Span<double> aggregate);
}
