using Octomil.Learning.Aggregation;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>The sums of a fold with the integers beside them: what a checkpoint holds.</summary>
internal sealed class FoldSums : IDisposable
{
    // Below this the second thread costs more than it saves.
    private const int ParallelFrom = 1 << 20;

    private readonly BufferPool _pool;
    private readonly FoldPlan _plan;
    private readonly int _organizations;
    private readonly NativeBuffer<long> _sums;

    public FoldSums(BufferPool pool, RoundPlan plan, int parameters)
    {
        (_pool, _organizations) = (pool, plan.Organizations.Length);
        _plan = FoldPlanOf(plan);
        _sums = pool.RentSums(parameters);
        Tally = new FoldTally(_organizations);
    }

    public FoldTally Tally { get; private set; }

    public ReadOnlyMemory<long> Values => _sums.Memory;

    public static FoldPlan FoldPlanOf(RoundPlan plan) =>
        new(plan.MaxMagnitude, plan.UniformWeights ? 1 : plan.MaxSampleCount, Math.Max(1, plan.Devices.Length));

    public void Add(IReadOnlyCollection<PendingUpdate> batch)
    {
        ExactFold.Add(_sums.Memory, _plan, Inputs(batch), Threads);

        foreach (var update in batch)
        {
            Tally.Add(update.Organization, update.Weight, update.Summary);
        }
    }

    /// <summary>The exact reverse of <see cref="Add"/>.</summary>
    public void Subtract(IReadOnlyCollection<PendingUpdate> batch)
    {
        ExactFold.Subtract(_sums.Memory, _plan, Inputs(batch), Threads);

        foreach (var update in batch)
        {
            Tally.Subtract(update.Organization, update.Weight, update.Summary);
        }
    }

    /// <summary>Fills new sums with what a checkpoint holds.</summary>
    public async Task LoadAsync(IPayloadStore payloads, CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var head = await payloads.ReadCheckpointAsync(
            checkpoint, key, range: null, (offset, values) => values.CopyTo(_sums.GetSpan()[(int)offset..]), cancellationToken);
        Tally = FoldTally.FromBytes(head.Bytes.Span, _organizations);
    }

    public void Dispose() => _pool.ReturnSums(_sums);

    private int Threads => _sums.Length < ParallelFrom ? 1 : Math.Min(2, Environment.ProcessorCount);

    private static FoldInput[] Inputs(IReadOnlyCollection<PendingUpdate> batch) => [.. batch.Select(update => update.Input)];
}
