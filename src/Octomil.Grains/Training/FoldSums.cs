using Octomil.Learning.Aggregation;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>The sums of a fold with the integers beside them: what a checkpoint holds.</summary>
internal sealed class FoldSums : ISumsSource, IDisposable
{
    // Below this the second thread costs more than it saves.
    private const int ParallelFrom = 1 << 20;

    private readonly BufferPool _pool;
    private readonly FoldPlan _plan;
    private readonly int _organizations;
    private readonly PooledSums _pooled;

    public FoldSums(BufferPool pool, RoundPlan plan, int parameters)
    {
        (_pool, _organizations) = (pool, plan.Organizations.Length);
        _plan = FoldPlanOf(plan);
        _pooled = pool.RentSums(parameters);
        Tally = new FoldTally(_organizations);
    }

    public FoldTally Tally { get; private set; }

    public long Count => Sums.Length;

    public int SignificantBytes => Sums.SignificantBytes;

    public static FoldPlan FoldPlanOf(RoundPlan plan) => plan.Privacy is not null
        ? PrivateRound.GridOf(plan).Plan
        : new(plan.MaxMagnitude, plan.UniformWeights ? 1 : plan.MaxSampleCount, Math.Max(1, plan.Devices.Length));

    public void Add(IReadOnlyCollection<PendingUpdate> batch)
    {
        ExactFold.Add(Sums, _plan, Inputs(batch), Threads);

        foreach (var update in batch)
        {
            Tally.Add(update.Organization, update.Weight, update.Summary);
        }
    }

    /// <summary>The exact reverse of <see cref="Add"/>.</summary>
    public void Subtract(IReadOnlyCollection<PendingUpdate> batch)
    {
        ExactFold.Subtract(Sums, _plan, Inputs(batch), Threads);

        foreach (var update in batch)
        {
            Tally.Subtract(update.Organization, update.Weight, update.Summary);
        }
    }

    /// <summary>Fills new sums with what a checkpoint holds.</summary>
    public async Task LoadAsync(IPayloadStore payloads, CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var head = await payloads.ReadCheckpointAsync(
            checkpoint, key, range: null, (offset, values) => Sums.Load((int)offset, values), cancellationToken);
        Tally = FoldTally.FromBytes(head.Bytes.Span, _organizations);
    }

    public void Read(long offset, Span<long> into) => Sums.CopyTo((int)offset, into);

    public void Dispose() => _pool.ReturnSums(_pooled);

    private ExactSums Sums => _pooled.Sums;

    private int Threads => Sums.Length < ParallelFrom ? 1 : Math.Min(2, Environment.ProcessorCount);

    private static FoldInput[] Inputs(IReadOnlyCollection<PendingUpdate> batch) => [.. batch.Select(update => update.Input)];
}
