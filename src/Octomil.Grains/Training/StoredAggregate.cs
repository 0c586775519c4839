using System.Runtime.InteropServices;
using Octomil.Learning.Aggregation;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>A round whose updates are stored one by one.</summary>
/// <param name="BlockBytes">Memory for one block of all updates.</param>
internal sealed record StoredRound(IPayloadStore Payloads, RoundPlan Plan, ReadOnlyMemory<byte> Key, long BlockBytes)
{
    // What is encrypted as one: a smaller block would decrypt the same more than once.
    private const long Chunk = 1 << 15;

    /// <summary>Coordinates of a block of so many updates.</summary>
    public int BlockLength(int updates)
    {
        var length = Math.Max(1, BlockBytes / (sizeof(double) * Math.Max(1L, updates)));
        return (int)Math.Min(1 << 20, length >= Chunk ? length / Chunk * Chunk : length);
    }
}

/// <summary>
/// What a rule makes of stored updates, in passes that read the same coordinates of all of them. Kept in memory, 8 bytes a parameter as the
/// sums of a fold are.
/// </summary>
internal sealed class StoredAggregate : RoundAggregate
{
    private readonly NativeBuffer<double> _values;

    private StoredAggregate(NativeBuffer<double> values, FoldTally tally)
        : base(tally) => _values = values;

    public static async Task<StoredAggregate> OpenAsync(StoredRound round, RoundRules rules, SealingInput input, CancellationToken cancellationToken)
    {
        var (tally, updates) = await ReadListsAsync(round, input, cancellationToken);
        RoundAggregates.CheckCount(tally, rules.Strategy.MinUpdates);
        var shards = await StoredShards.OpenAsync(round, updates, cancellationToken);
        var setting = rules.Setting with { Bound = rules.Setting.Bound ?? MedianNorm(updates) };
        var pass = rules.Strategy.UpdateRuleOf(setting, updates.Count).Begin([.. updates.Select(update => (double)update.Weight)]);
        var values = new NativeBuffer<double>((int)shards.Parameters);

        try
        {
            await LoadLastAsync(round, rules, values.Memory, cancellationToken);
            await UpdatePasses.RunAsync(pass, shards, new MemoryVector(values.Memory), round.BlockLength(updates.Count), cancellationToken);
            return new StoredAggregate(values, tally);
        }
        catch
        {
            ((IDisposable)values).Dispose();
            throw;
        }
    }

    public override IAggregatePiece CreatePiece(int parameters) => new Piece(_values.Memory);

    protected override void Dispose(bool disposing)
    {
        ((IDisposable)_values).Dispose();
        base.Dispose(disposing);
    }

    private static async Task<(FoldTally Tally, List<StoredUpdate> Updates)> ReadListsAsync(
        StoredRound round, SealingInput input, CancellationToken cancellationToken)
    {
        var (plan, tally, updates) = (round.Plan, new FoldTally(round.Plan.Organizations.Length), new List<StoredUpdate>());

        foreach (var checkpoint in input.Checkpoints)
        {
            var head = await round.Payloads.ReadCheckpointHeadAsync(checkpoint.Checkpoint, round.Key, cancellationToken);
            var (part, listed) = UpdateList.FromBytes(head.Bytes, plan);
            tally.Merge(part);
            updates.AddRange(listed);
        }

        foreach (var organization in input.Excluded)
        {
            tally.Remove(organization);
        }

        // In the order of the cohort: which fold has an update does not matter.
        return (tally, [.. updates.Where(update => !input.Excluded.Contains(plan.OrganizationOfDevice[update.Device])).OrderBy(update => update.Device)]);
    }

    private static double? MedianNorm(List<StoredUpdate> updates)
    {
        double[] norms = [.. updates.Select(update => Math.Sqrt(update.SumOfSquares)).Order()];
        return norms.Length > 0 && norms[norms.Length / 2] is var median && median > 0 ? median : null;
    }

    // The first pass may begin at the last round's aggregate, where the optimizer keeps it.
    private static async Task LoadLastAsync(StoredRound round, RoundRules rules, Memory<double> values, CancellationToken cancellationToken)
    {
        values.Span.Clear();

        if (round.Plan.OptimizerState.IsEmpty || rules.Strategy.Optimizer is not { StateVectors: 1 })
        {
            return;
        }

        await using var stream = await round.Payloads.OpenWeightsAsync(round.Plan.OptimizerState[0], cancellationToken);
        var bytes = new byte[1 << 20];

        for (var done = 0; done < values.Length;)
        {
            var count = Math.Min(bytes.Length / sizeof(float), values.Length - done);
            await stream.ReadExactlyAsync(bytes.AsMemory(0, count * sizeof(float)), cancellationToken);

            for (var i = 0; i < count; i++)
            {
                values.Span[done + i] = MemoryMarshal.Cast<byte, float>(bytes)[i];
            }

            done += count;
        }
    }

    private sealed class Piece(Memory<double> values) : IAggregatePiece
    {
        private Memory<double> _piece;

        public Task ReadAsync(long coordinate, int count, CancellationToken cancellationToken)
        {
            _piece = values.Slice((int)coordinate, count);
            return Task.CompletedTask;
        }

        public void Compute(Span<double> aggregate) => _piece.Span.CopyTo(aggregate);
    }

    private sealed class MemoryVector(Memory<double> memory) : IBlockVector
    {
        public ValueTask ReadAsync(long offset, Memory<double> values, CancellationToken cancellationToken)
        {
            memory.Slice((int)offset, values.Length).CopyTo(values);
            return ValueTask.CompletedTask;
        }

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<double> values, CancellationToken cancellationToken)
        {
            values.CopyTo(memory[(int)offset..]);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>Ranges of the stored updates' coordinates.</summary>
internal sealed class StoredShards : IUpdateShards
{
    private readonly StoredRound _round;
    private readonly IReadOnlyList<StoredUpdate> _updates;

    private StoredShards(StoredRound round, IReadOnlyList<StoredUpdate> updates, long parameters) =>
        (_round, _updates, Parameters) = (round, updates, parameters);

    public int Updates => _updates.Count;

    public long Parameters { get; }

    public static async Task<StoredShards> OpenAsync(StoredRound round, IReadOnlyList<StoredUpdate> updates, CancellationToken cancellationToken)
    {
        await using var stream = await round.Payloads.OpenWeightsAsync(round.Plan.Base, cancellationToken);
        var header = await SafetensorsHeaderBytes.ReadAsync(stream, cancellationToken);
        return new StoredShards(round, updates, header.Layout.ParameterCount);
    }

    public async ValueTask ReadAsync(int update, long offset, Memory<double> values, CancellationToken cancellationToken)
    {
        var (first, end) = (offset / 2, (offset + values.Length + 1) / 2);
        await _round.Payloads.ReadCheckpointAsync(
            _updates[update].Payload, _round.Key, new SumsRange(first, end), (at, pairs) => Unpack(pairs, (2 * at) - offset, values.Span), cancellationToken);
    }

    // The first pair may begin before the range, the last one end behind it.
    private static void Unpack(ReadOnlySpan<long> pairs, long begin, Span<double> values)
    {
        var floats = MemoryMarshal.Cast<long, float>(pairs);

        for (var i = (int)Math.Max(0, -begin); i < floats.Length && begin + i < values.Length; i++)
        {
            values[(int)begin + i] = floats[i];
        }
    }
}
