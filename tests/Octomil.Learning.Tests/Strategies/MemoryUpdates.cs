using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

/// <summary>Updates and a vector in memory.</summary>
internal sealed class MemoryUpdates(double[][] updates) : IUpdateShards
{
    public int Updates => updates.Length;

    public long Parameters => updates[0].Length;

    public ValueTask ReadAsync(int update, long offset, Memory<double> values, CancellationToken cancellationToken)
    {
        updates[update].AsMemory((int)offset, values.Length).CopyTo(values);
        return ValueTask.CompletedTask;
    }

    /// <summary>The aggregate of a rule in blocks of some coordinates.</summary>
    public static double[] Aggregate(IUpdateRule rule, double[][] updates, double[]? weights = null, double[]? reference = null, int blockLength = 3)
    {
        var vector = new MemoryVector(reference?.ToArray() ?? new double[updates[0].Length]);
        var run = UpdatePasses.RunAsync(rule.Begin(weights ?? [.. updates.Select(_ => 1.0)]), new MemoryUpdates(updates), vector, blockLength, CancellationToken.None);

        // Memory is always there: nothing is waited for.
        Assert.True(run.IsCompletedSuccessfully, run.Exception?.ToString());
        return vector.Values;
    }

    private sealed class MemoryVector(double[] values) : IBlockVector
    {
        public double[] Values => values;

        public ValueTask ReadAsync(long offset, Memory<double> block, CancellationToken cancellationToken)
        {
            values.AsMemory((int)offset, block.Length).CopyTo(block);
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<double> block, CancellationToken cancellationToken)
        {
            block.CopyTo(values.AsMemory((int)offset));
            return ValueTask.CompletedTask;
        }
    }
}
