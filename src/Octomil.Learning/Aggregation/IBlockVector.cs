namespace Octomil.Learning.Aggregation;

/// <summary>A vector of the model's size that is read and written block by block.</summary>
public interface IBlockVector
{
    ValueTask ReadAsync(long offset, Memory<double> values, CancellationToken cancellationToken);

    ValueTask WriteAsync(long offset, ReadOnlyMemory<double> values, CancellationToken cancellationToken);
}
