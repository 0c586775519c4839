using System.Numerics.Tensors;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Privacy;
using Octomil.Learning.Strategies;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>The registered sums of a round.</summary>
/// <param name="Payloads">Where they are.</param>
/// <param name="Key">The round's key.</param>
/// <param name="Checkpoints">Of every fold and bucket that counts.</param>
/// <param name="Rules">What the round's strategy is.</param>
/// <param name="Parameters">Trained parameters of the model; sums have so many for each vector of an update.</param>
internal sealed record StoredSums(
    IPayloadStore Payloads, ReadOnlyMemory<byte> Key, IReadOnlyCollection<BucketCheckpoint> Checkpoints, RoundRules Rules, long Parameters)
{
    /// <summary>Adds to <paramref name="into"/> what some checkpoints have from a coordinate on.</summary>
    public async Task AddAsync(IEnumerable<BucketCheckpoint> checkpoints, long coordinate, Memory<long> into, CancellationToken cancellationToken)
    {
        foreach (var checkpoint in checkpoints)
        {
            await Payloads.ReadCheckpointAsync(
                checkpoint.Checkpoint, Key, new SumsRange(coordinate, coordinate + into.Length),
                (offset, values) => ExactFold.Merge(into.Span.Slice((int)(offset - coordinate), values.Length), values),
                cancellationToken);
        }
    }
}

/// <summary>One sum over all folds and buckets, scaled as the strategy says.</summary>
internal sealed class SumsAggregate : RoundAggregate
{
    private readonly StoredSums _sums;
    private readonly GaussianNoise? _noise;

    /// <param name="sums">The sums.</param>
    /// <param name="tally">What counted.</param>
    /// <param name="noise">Of a private round: added to the sum, before the division and the optimizer, which are post-processing.</param>
    public SumsAggregate(StoredSums sums, FoldTally tally, GaussianNoise? noise)
        : base(tally)
    {
        (_sums, _noise) = (sums, noise);
        Scale = sums.Rules.Rule.Scale(new SumTotals(tally.Updates, tally.Weight, tally.Column.Value) { MedianLength = tally.Lengths.Median });
    }

    public override IAggregatePiece CreatePiece(int parameters) => new Piece(_sums, Scale, _noise, parameters);

    private sealed class Piece(StoredSums sums, SumScale scale, GaussianNoise? noise, int parameters) : IAggregatePiece
    {
        private readonly long[] _sums = new long[parameters * sums.Rules.Vectors];
        private long _coordinate;
        private int _count;

        public async Task ReadAsync(long coordinate, int count, CancellationToken cancellationToken)
        {
            (_coordinate, _count) = (coordinate, count);
            Array.Clear(_sums);

            for (var vector = 0; vector < sums.Rules.Vectors; vector++)
            {
                await sums.AddAsync(sums.Checkpoints, coordinate + (vector * sums.Parameters), _sums.AsMemory(vector * count, count), cancellationToken);
            }
        }

        public void Compute(Span<double> aggregate)
        {
            noise?.AddTo(_sums.AsSpan(0, _count), _coordinate);
            ExactFold.Mean(_sums.AsSpan(0, _count * sums.Rules.Vectors), sums.Rules.FoldPlan, scale.Denominator ?? 1, aggregate);

            if (scale.Denominator is null)
            {
                TensorPrimitives.Multiply(aggregate, scale.OfSum, aggregate);
            }
        }
    }
}
