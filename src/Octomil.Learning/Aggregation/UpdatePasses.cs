namespace Octomil.Learning.Aggregation;

/// <summary>Runs passes over stored updates with the memory of one block of all updates.</summary>
public static class UpdatePasses
{
    /// <summary>Runs a rule to its end.</summary>
    /// <param name="first">The rule's first pass.</param>
    /// <param name="vector">Holds the last round's aggregate, or zeros; then the aggregate. After a failure its contents are of no use.</param>
    /// <param name="blockLength">Coordinates of a block, from 1; memory is 8 bytes x updates x this. The result may differ in its last bits with it.</param>
    public static async Task RunAsync(IUpdatePass first, IUpdateShards updates, IBlockVector vector, int blockLength, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockLength, 1);
        var length = (int)Math.Min(blockLength, Math.Max(1, updates.Parameters));
        var (rows, values) = (new double[(long)updates.Updates * length], new double[length]);
        for (var pass = first; pass is not null;)
        {
            var scalars = new double[pass.Scalars];
            for (var offset = 0L; offset < updates.Parameters; offset += length)
            {
                var block = values.AsMemory(0, (int)Math.Min(length, updates.Parameters - offset));
                var count = await ReadAsync(pass, updates, offset, rows, block.Length, length, cancellationToken);
                await vector.ReadAsync(offset, block, cancellationToken);
                Visit(pass, new UpdateBlock(rows, count, block.Length, length), block.Span, scalars);
                await vector.WriteAsync(offset, block, cancellationToken);
            }

            pass = pass.Next(scalars);
        }
    }

    private static async Task<int> ReadAsync(
        IUpdatePass pass, IUpdateShards updates, long offset, double[] rows, int count, int stride, CancellationToken cancellationToken)
    {
        var chosen = pass.Chosen ?? [.. Enumerable.Range(0, updates.Updates)];
        for (var row = 0; row < chosen.Count; row++)
        {
            await updates.ReadAsync(chosen[row], offset, rows.AsMemory(row * stride, count), cancellationToken);
        }

        return chosen.Count;
    }

    // A block's numbers are added as one, so that blocks that are visited on several threads give the same sums in their order.
    private static void Visit(IUpdatePass pass, UpdateBlock updates, Span<double> vector, double[] scalars)
    {
        var part = new double[scalars.Length];
        pass.Visit(updates, vector, part);
        for (var i = 0; i < part.Length; i++)
        {
            scalars[i] += part[i];
        }
    }
}
