using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Privacy;
using Octomil.Learning.Strategies;
using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>What sealing made of a round.</summary>
internal sealed record SealedWeights(WeightsRef Weights, ImmutableArray<WeightsRef> OptimizerState, RoundTally Tally, double? NextClip);

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
        using var noise = plan.Privacy is null ? null : GaussianNoise.Create(PrivateRound.GridOf(plan).NoiseUnits);

        var weights = await payloads.SaveWeightsAsync(plan.RunId, async (output, cancellation) =>
        {
            var work = new Work(plan, key, checkpoints, tally.Weight, strategy.Optimizer, noise);

            if (strategy.Optimizer.StateVectors == 0)
            {
                await WriteAsync(work, output, nextState: null, cancellation);
                return;
            }

            state = [await payloads.SaveWeightsAsync(plan.RunId, (nextState, inner) => WriteAsync(work, output, nextState, inner), cancellation)];
        }, cancellationToken);

        var counted = tally.ToRoundTally(plan.Organizations);
        return plan.Privacy is null
            ? new SealedWeights(weights, state, counted, NextClip: null)
            : new SealedWeights(weights, state, PrivateRound.Shown(counted), PrivateRound.DrawNextClip(plan, tally));
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

    // The new file is the base's header and, piece by piece, either the base's bytes or the new values. While one piece is computed and
    // written, the next is read and decrypted.
    private async Task WriteAsync(Work work, Stream output, Stream? nextState, CancellationToken cancellationToken)
    {
        await using var baseFile = await payloads.OpenWeightsAsync(work.Plan.Base, cancellationToken);
        await using var lastState = work.Plan.OptimizerState.IsEmpty ? null : await payloads.OpenWeightsAsync(work.Plan.OptimizerState[0], cancellationToken);
        var files = new Files(baseFile, lastState, output, nextState);
        using var pieces = PiecesOf(await CopyHeaderAsync(baseFile, output, cancellationToken)).GetEnumerator();
        var (block, other) = (new Block(work.Optimizer.StateVectors), new Block(work.Optimizer.StateVectors));
        var reading = ReadNextAsync(block);

        try
        {
            while (await reading is { } piece)
            {
                var read = block;
                reading = ReadNextAsync(other);
                (block, other) = (other, block);
                await WriteAsync(work, files, read, piece, cancellationToken);
            }
        }
        finally
        {
            // It reads from the files that are closed now.
            await Task.WhenAny(reading);
        }

        Task<Piece?> ReadNextAsync(Block into) => pieces.MoveNext() && pieces.Current is var piece
            ? Task.Run<Piece?>(async () =>
            {
                await ReadAsync(work, files, into, piece, cancellationToken);
                return piece;
            }, cancellationToken)
            : Task.FromResult<Piece?>(null);
    }

    private static async Task<SafetensorsHeader> CopyHeaderAsync(Stream baseFile, Stream output, CancellationToken cancellationToken)
    {
        var header = await SafetensorsHeaderBytes.ReadAsync(baseFile, cancellationToken);
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Json.Length);
        await output.WriteAsync(length, cancellationToken);
        await output.WriteAsync(header.Json, cancellationToken);
        return SafetensorsHeader.Parse(header.Json, dataBytes: null);
    }

    private static IEnumerable<Piece> PiecesOf(SafetensorsHeader header)
    {
        var coordinate = 0L;

        foreach (var tensor in header.Tensors)
        {
            var (left, most) = tensor.Spec.IsTrained ? (tensor.Spec.ElementCount, BlockParameters) : (tensor.Bytes, BlockParameters * sizeof(float));

            while (left > 0)
            {
                var count = (int)Math.Min(left, most);
                yield return tensor.Spec.IsTrained ? new Piece(coordinate, count, 0) : new Piece(0, 0, count);
                coordinate += tensor.Spec.IsTrained ? count : 0;
                left -= count;
            }
        }
    }

    private async Task ReadAsync(Work work, Files files, Block block, Piece piece, CancellationToken cancellationToken)
    {
        await files.Base.ReadExactlyAsync(block.Bytes(piece), cancellationToken);

        if (piece.Parameters == 0)
        {
            return;
        }

        if (files.LastState is not null)
        {
            await files.LastState.ReadExactlyAsync(block.StateBytes(piece.Parameters), cancellationToken);
        }

        Array.Clear(block.Sums);
        var range = new SumsRange(piece.Coordinate, piece.Coordinate + piece.Parameters);

        foreach (var checkpoint in work.Checkpoints)
        {
            await payloads.ReadCheckpointAsync(
                checkpoint, work.Key, range,
                (offset, values) => ExactFold.Merge(block.Sums.AsSpan((int)(offset - piece.Coordinate), values.Length), values),
                cancellationToken);
        }
    }

    private static async Task WriteAsync(Work work, Files files, Block block, Piece piece, CancellationToken cancellationToken)
    {
        if (piece.Parameters > 0)
        {
            block.Apply(work, piece, isFirstRound: files.LastState is null);
        }

        await files.Output.WriteAsync(block.Bytes(piece), cancellationToken);

        if (files.NextState is not null && piece.Parameters > 0)
        {
            await files.NextState.WriteAsync(block.StateBytes(piece.Parameters), cancellationToken);
        }
    }

    /// <summary>Consecutive trained parameters from <paramref name="Coordinate"/> on, or bytes that stay as they are.</summary>
    private sealed record Piece(long Coordinate, int Parameters, int CopiedBytes);

    private sealed record Work(
        RoundPlan Plan, ReadOnlyMemory<byte> Key, IReadOnlyCollection<CheckpointRef> Checkpoints, long Denominator, IServerOptimizer Optimizer,
        GaussianNoise? Noise);

    private sealed record Files(Stream Base, Stream? LastState, Stream Output, Stream? NextState);

    /// <summary>The buffers of one block. Stored values are float32, the step is computed in double.</summary>
    private sealed class Block(int stateVectors)
    {
        private readonly byte[] _weightBytes = new byte[BlockParameters * sizeof(float)];
        private readonly byte[] _stateBytes = new byte[BlockParameters * sizeof(float) * stateVectors];
        private readonly double[] _mean = new double[BlockParameters];
        private readonly double[] _weights = new double[BlockParameters];
        private readonly double[] _state = new double[BlockParameters * stateVectors];

        public long[] Sums { get; } = new long[BlockParameters];

        public Memory<byte> Bytes(Piece piece) => _weightBytes.AsMemory(0, piece.CopiedBytes + (piece.Parameters * sizeof(float)));

        // One block of every state vector, one after the other.
        public Memory<byte> StateBytes(int count) => _stateBytes.AsMemory(0, count * sizeof(float) * stateVectors);

        public void Apply(Work work, Piece piece, bool isFirstRound)
        {
            var count = piece.Parameters;
            var mean = _mean.AsSpan(0, count);
            var weights = _weights.AsSpan(0, count);
            var state = _state.AsSpan(0, count * stateVectors);
            var storedWeights = MemoryMarshal.Cast<byte, float>(_weightBytes.AsSpan(0, count * sizeof(float)));
            var storedState = MemoryMarshal.Cast<byte, float>(StateBytes(count).Span);

            // On the sum, before the division and the optimizer: those are post-processing.
            work.Noise?.AddTo(Sums.AsSpan(0, count), piece.Coordinate);
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

            TensorPrimitives.ConvertTruncating<double, float>(weights, storedWeights);
            TensorPrimitives.ConvertTruncating<double, float>(state, storedState);
        }
    }
}
