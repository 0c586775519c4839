namespace Octomil.Learning.Aggregation;

/// <summary>The stored updates of a round, of which any range of the coordinates can be read.</summary>
public interface IUpdateShards
{
    /// <summary>How many updates; they are in the order of the cohort.</summary>
    int Updates { get; }

    /// <summary>How many coordinates each one has.</summary>
    long Parameters { get; }

    /// <summary>Reads coordinates of one update: differences to the base, all finite.</summary>
    /// <param name="update">Which, from 0.</param>
    /// <param name="offset">The first coordinate.</param>
    /// <param name="values">Filled whole.</param>
    ValueTask ReadAsync(int update, long offset, Memory<double> values, CancellationToken cancellationToken);
}
