using System.Buffers.Binary;
using System.Collections.Immutable;
using Octomil.Learning.Privacy;
using Octomil.Learning.Strategies;
using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>What sealing made of a round.</summary>
internal sealed record SealedWeights(WeightsRef Weights, ImmutableArray<WeightsRef> OptimizerState, RoundTally Tally, double? NextClip);

/// <summary>What the row of a round has when it is sealed.</summary>
/// <param name="Checkpoints">Of every fold and bucket.</param>
/// <param name="Excluded">Organizations, as indices in the plan, whose updates are left out; only where the plan keeps them apart.</param>
internal sealed record SealingInput(IReadOnlyCollection<BucketCheckpoint> Checkpoints, IReadOnlySet<int> Excluded);

/// <summary>
/// Makes the next weights out of what a round registered: aggregates, applies the server optimizer. Works through
/// the model in blocks, from file to file, so its memory does not depend on the model. It asks no silo: the references are enough.
/// </summary>
internal sealed class RoundSealer(IPayloadStore payloads, RoundAggregates aggregates)
{
    private const int BlockParameters = 1 << 18;

    /// <exception cref="StorageUnavailableException">Try again later.</exception>
    /// <exception cref="PayloadMissingException">A checkpoint or the base is gone: the attempt cannot be saved.</exception>
    /// <exception cref="PayloadDamagedException">A checkpoint or the base is damaged: the attempt cannot be saved.</exception>
    /// <exception cref="StrategyException">The updates are too few for the strategy.</exception>
    public async Task<SealedWeights> SealAsync(RoundPlan plan, ReadOnlyMemory<byte> key, SealingInput input, CancellationToken cancellationToken)
    {
        var rules = RoundRules.Of(plan);
        using var noise = plan.Privacy is null ? null : GaussianNoise.Create(PrivateRound.GridOf(plan).NoiseUnits);
        using var aggregate = await aggregates.OpenAsync(plan, rules, key, input, noise, cancellationToken);
        var optimizer = rules.Strategy.OptimizerOf(new RoundFacts
        {
            Participation = Math.Min(1, (double)aggregate.Tally.Updates / Math.Max(1, plan.Population)), Scale = aggregate.Scale,
        });
        var state = ImmutableArray<WeightsRef>.Empty;

        var weights = await payloads.SaveWeightsAsync(plan.RunId, async (output, cancellation) =>
        {
            var work = new Work(plan, aggregate, optimizer);

            if (optimizer.StateVectors == 0)
            {
                await WriteAsync(work, output, nextState: null, cancellation);
                return;
            }

            state = [await payloads.SaveWeightsAsync(plan.RunId, (nextState, inner) => WriteAsync(work, output, nextState, inner), cancellation)];
        }, cancellationToken);

        var counted = aggregate.Tally.ToRoundTally(plan.Organizations);
        return plan.Privacy is null
            ? new SealedWeights(weights, state, counted, NextClip: null)
            : new SealedWeights(weights, state, PrivateRound.Shown(counted), PrivateRound.DrawNextClip(plan, aggregate.Tally));
    }

    // The new file is the base's header and, piece by piece, either the base's bytes or the new values. While one piece is computed and
    // written, the next is read and decrypted.
    private async Task WriteAsync(Work work, Stream output, Stream? nextState, CancellationToken cancellationToken)
    {
        await using var baseFile = await payloads.OpenWeightsAsync(work.Plan.Base, cancellationToken);
        await using var lastState = work.Plan.OptimizerState.IsEmpty ? null : await payloads.OpenWeightsAsync(work.Plan.OptimizerState[0], cancellationToken);
        var files = new Files(baseFile, lastState, output, nextState);
        var most = Math.Min(BlockParameters, work.Aggregate.MostCoordinates);
        using var pieces = PiecesOf(await CopyHeaderAsync(baseFile, output, cancellationToken), most).GetEnumerator();
        var (block, other) = (Block(), Block());
        var reading = ReadNextAsync(block);

        try
        {
            while (await reading is { } piece)
            {
                var read = block;
                reading = ReadNextAsync(other);
                (block, other) = (other, block);
                await WriteAsync(files, read, piece, cancellationToken);
            }
        }
        finally
        {
            // It reads from the files that are closed now.
            await Task.WhenAny(reading);
        }

        SealingBlock Block() => new(most, work.Optimizer, work.Aggregate.CreatePiece(most));

        Task<Piece?> ReadNextAsync(SealingBlock into) => pieces.MoveNext() && pieces.Current is var piece
            ? Task.Run<Piece?>(async () =>
            {
                await ReadAsync(files, into, piece, cancellationToken);
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

    private static IEnumerable<Piece> PiecesOf(SafetensorsHeader header, int mostParameters)
    {
        var coordinate = 0L;

        foreach (var tensor in header.Tensors)
        {
            var (left, most) = tensor.Spec.IsTrained ? (tensor.Spec.ElementCount, mostParameters) : (tensor.Bytes, mostParameters * sizeof(float));

            while (left > 0)
            {
                var count = (int)Math.Min(left, most);
                yield return tensor.Spec.IsTrained ? new Piece(coordinate, count, 0) : new Piece(0, 0, count);
                coordinate += tensor.Spec.IsTrained ? count : 0;
                left -= count;
            }
        }
    }

    private static async Task ReadAsync(Files files, SealingBlock block, Piece piece, CancellationToken cancellationToken)
    {
        await files.Base.ReadExactlyAsync(block.WeightBytes(piece.CopiedBytes + (piece.Parameters * sizeof(float))), cancellationToken);

        if (piece.Parameters == 0)
        {
            return;
        }

        if (files.LastState is not null)
        {
            await files.LastState.ReadExactlyAsync(block.StateBytes(piece.Parameters), cancellationToken);
        }

        await block.Aggregate.ReadAsync(piece.Coordinate, piece.Parameters, cancellationToken);
    }

    private static async Task WriteAsync(Files files, SealingBlock block, Piece piece, CancellationToken cancellationToken)
    {
        if (piece.Parameters > 0)
        {
            block.Apply(piece.Parameters, isFirstRound: files.LastState is null);
        }

        await files.Output.WriteAsync(block.WeightBytes(piece.CopiedBytes + (piece.Parameters * sizeof(float))), cancellationToken);

        if (files.NextState is not null && piece.Parameters > 0)
        {
            await files.NextState.WriteAsync(block.StateBytes(piece.Parameters), cancellationToken);
        }
    }

    /// <summary>Consecutive trained parameters from <paramref name="Coordinate"/> on, or bytes that stay as they are.</summary>
    private sealed record Piece(long Coordinate, int Parameters, int CopiedBytes);

    private sealed record Work(RoundPlan Plan, RoundAggregate Aggregate, IServerOptimizer Optimizer);

    private sealed record Files(Stream Base, Stream? LastState, Stream Output, Stream? NextState);
}
