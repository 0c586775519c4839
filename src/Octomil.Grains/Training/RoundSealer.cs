using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;
using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>What sealing made of a round.</summary>
internal sealed record SealedWeights(WeightsRef Weights, ImmutableArray<WeightsRef> OptimizerState, RoundTally Tally);

/// <summary>
/// Makes the next weights out of a round's registered sums: adds the folds, divides, applies the server optimizer. Works through
/// the model in blocks, from file to file, so its memory does not depend on the model. It asks no silo: the references are enough.
/// </summary>
internal sealed class RoundSealer(IPayloadStore payloads)
{
    private const int BlockParameters = 1 << 18;

    /// <exception cref="StorageUnavailableException">Try again later.</exception>
    /// <exception cref="PayloadMissingException">A checkpoint or the base is gone: the attempt cannot be saved.</exception>
    /// <exception cref="PayloadDamagedException">A checkpoint or the base is damaged: the attempt cannot be saved.</exception>
    public async Task<SealedWeights> SealAsync(
        RoundPlan plan, ReadOnlyMemory<byte> key, IReadOnlyCollection<CheckpointRef> checkpoints, CancellationToken cancellationToken)
    {
        var tally = await ReadTallyAsync(plan, key, checkpoints, cancellationToken);
        var strategy = AggregationStrategies.Create(plan.Strategy, plan.StrategyParameters);
        var state = ImmutableArray<WeightsRef>.Empty;

        var weights = await payloads.SaveWeightsAsync(plan.RunId, async (output, cancellation) =>
        {
            var work = new Work(plan, key, checkpoints, tally.Weight, strategy.Optimizer, output);

            if (strategy.Optimizer.StateVectors == 0)
            {
                await WriteAsync(work, nextState: null, cancellation);
                return;
            }

            state = [await payloads.SaveWeightsAsync(plan.RunId, (nextState, inner) => WriteAsync(work, nextState, inner), cancellation)];
        }, cancellationToken);

        return new SealedWeights(weights, state, tally.ToRoundTally(plan.Organizations));
    }

    private async Task<FoldTally> ReadTallyAsync(
        RoundPlan plan, ReadOnlyMemory<byte> key, IEnumerable<CheckpointRef> checkpoints, CancellationToken cancellationToken)
    {
        var tally = new FoldTally(plan.Organizations.Length);

        foreach (var checkpoint in checkpoints)
        {
            var head = await payloads.ReadCheckpointHeadAsync(checkpoint, key, cancellationToken);
            tally.Merge(FoldTally.FromBytes(head.Bytes.Span, plan.Organizations.Length));
        }

        return tally;
    }

    // The new file is the base's header and, tensor by tensor, either the base's bytes or the new values.
    private async Task WriteAsync(Work work, Stream? nextState, CancellationToken cancellationToken)
    {
        await using var baseFile = payloads.OpenWeights(work.Plan.Base);
        await using var lastState = work.Plan.OptimizerState.IsEmpty ? null : payloads.OpenWeights(work.Plan.OptimizerState[0]);

        var length = new byte[sizeof(long)];
        await baseFile.ReadExactlyAsync(length, cancellationToken);
        var json = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        await baseFile.ReadExactlyAsync(json, cancellationToken);
        await work.Output.WriteAsync(length, cancellationToken);
        await work.Output.WriteAsync(json, cancellationToken);

        var block = new Block(work.Optimizer.StateVectors);
        var coordinate = 0L;

        foreach (var entry in SafetensorsHeader.Parse(json, dataBytes: null).Tensors)
        {
            if (!entry.Spec.IsTrained)
            {
                await CopyAsync(baseFile, work.Output, entry.Bytes, cancellationToken);
                continue;
            }

            for (var left = entry.Spec.ElementCount; left > 0;)
            {
                var count = (int)Math.Min(left, BlockParameters);
                await StepAsync(work, block, coordinate, count, baseFile, lastState, nextState, cancellationToken);
                coordinate += count;
                left -= count;
            }
        }
    }

    private async Task StepAsync(
        Work work, Block block, long coordinate, int count, Stream baseFile, Stream? lastState, Stream? nextState, CancellationToken cancellationToken)
    {
        await baseFile.ReadExactlyAsync(block.WeightBytes(count), cancellationToken);

        if (lastState is not null)
        {
            await lastState.ReadExactlyAsync(block.StateBytes(count), cancellationToken);
        }

        await SumAsync(work, block, coordinate, count, cancellationToken);
        block.Apply(work, count, isFirstRound: lastState is null);
        await work.Output.WriteAsync(block.WeightBytes(count), cancellationToken);

        if (nextState is not null)
        {
            await nextState.WriteAsync(block.StateBytes(count), cancellationToken);
        }
    }

    private async Task SumAsync(Work work, Block block, long coordinate, int count, CancellationToken cancellationToken)
    {
        Array.Clear(block.Sums);
        var range = new SumsRange(coordinate, coordinate + count);

        foreach (var checkpoint in work.Checkpoints)
        {
            await payloads.ReadCheckpointAsync(
                checkpoint, work.Key, range,
                (offset, values) => ExactFold.Merge(block.Sums.AsSpan((int)(offset - coordinate), values.Length), values),
                cancellationToken);
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, long bytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(bytes, 1 << 16)];

        while (bytes > 0)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(bytes, buffer.Length));
            await from.ReadExactlyAsync(piece, cancellationToken);
            await to.WriteAsync(piece, cancellationToken);
            bytes -= piece.Length;
        }
    }

    private sealed record Work(
        RoundPlan Plan, ReadOnlyMemory<byte> Key, IReadOnlyCollection<CheckpointRef> Checkpoints, long Denominator, IServerOptimizer Optimizer, Stream Output);

    /// <summary>The buffers of one block. Stored values are float32, the step is computed in double.</summary>
    private sealed class Block(int stateVectors)
    {
        private readonly byte[] _weightBytes = new byte[BlockParameters * sizeof(float)];
        private readonly byte[] _stateBytes = new byte[BlockParameters * sizeof(float) * stateVectors];
        private readonly double[] _mean = new double[BlockParameters];
        private readonly double[] _weights = new double[BlockParameters];
        private readonly double[] _state = new double[BlockParameters * stateVectors];

        public long[] Sums { get; } = new long[BlockParameters];

        public Memory<byte> WeightBytes(int count) => _weightBytes.AsMemory(0, count * sizeof(float));

        // One block of every state vector, one after the other.
        public Memory<byte> StateBytes(int count) => _stateBytes.AsMemory(0, count * sizeof(float) * stateVectors);

        public void Apply(Work work, int count, bool isFirstRound)
        {
            var mean = _mean.AsSpan(0, count);
            var weights = _weights.AsSpan(0, count);
            var state = _state.AsSpan(0, count * stateVectors);
            var storedWeights = MemoryMarshal.Cast<byte, float>(WeightBytes(count).Span);
            var storedState = MemoryMarshal.Cast<byte, float>(StateBytes(count).Span);

            ExactFold.Mean(Sums.AsSpan(0, count), FoldSums.FoldPlanOf(work.Plan), work.Denominator, mean);
            TensorPrimitives.ConvertTruncating<float, double>(storedWeights, weights);

            if (isFirstRound)
            {
                for (var vector = 0; vector < stateVectors; vector++)
                {
                    work.Optimizer.InitializeState(vector, state.Slice(vector * count, count));
                }
            }
            else
            {
                TensorPrimitives.ConvertTruncating<float, double>(storedState, state);
            }

            work.Optimizer.Apply(mean, weights, state);

            for (var i = 0; i < storedWeights.Length; i++)
            {
                storedWeights[i] = (float)weights[i];
            }

            for (var i = 0; i < storedState.Length; i++)
            {
                storedState[i] = (float)state[i];
            }
        }
    }
}
