using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>The median, coordinate by coordinate, of the means of buckets.</summary>
internal sealed class BucketAggregate : RoundAggregate
{
    // Of all buckets together.
    private const int BlockSums = 1 << 20;

    private readonly StoredSums _sums;
    private readonly Bucket[] _buckets;

    private BucketAggregate(StoredSums sums, Bucket[] buckets, FoldTally tally)
        : base(tally) => (_sums, _buckets) = (sums, buckets);

    public override int MostCoordinates => BlockSums / _buckets.Length;

    public static async Task<BucketAggregate> OpenAsync(StoredSums sums, RoundPlan plan, FoldTally tally, CancellationToken cancellationToken)
    {
        var buckets = new List<Bucket>();

        foreach (var group in sums.Checkpoints.GroupBy(checkpoint => checkpoint.Bucket).OrderBy(group => group.Key))
        {
            var weight = 0L;

            foreach (var checkpoint in group)
            {
                var head = await sums.Payloads.ReadCheckpointHeadAsync(checkpoint.Checkpoint, sums.Key, cancellationToken);
                weight += FoldTally.FromBytes(head.Bytes.Span, plan.Organizations.Length).Weight;
            }

            // Everything that was added to it may have been taken out again.
            if (weight > 0)
            {
                buckets.Add(new Bucket([.. group], weight));
            }
        }

        return new BucketAggregate(sums, [.. buckets], tally);
    }

    public override IAggregatePiece CreatePiece(int parameters) => new Piece(_sums, _buckets, parameters);

    private sealed record Bucket(BucketCheckpoint[] Checkpoints, long Weight);

    private sealed class Piece(StoredSums sums, Bucket[] buckets, int parameters) : IAggregatePiece
    {
        private readonly long[] _sums = new long[buckets.Length * parameters];
        private readonly double[] _means = new double[buckets.Length * parameters];
        private int _count;

        public async Task ReadAsync(long coordinate, int count, CancellationToken cancellationToken)
        {
            _count = count;
            Array.Clear(_sums);

            for (var bucket = 0; bucket < buckets.Length; bucket++)
            {
                await sums.AddAsync(buckets[bucket].Checkpoints, coordinate, _sums.AsMemory(bucket * count, count), cancellationToken);
            }
        }

        public void Compute(Span<double> aggregate)
        {
            for (var bucket = 0; bucket < buckets.Length; bucket++)
            {
                ExactFold.Mean(
                    _sums.AsSpan(bucket * _count, _count), sums.Rules.FoldPlan, buckets[bucket].Weight, _means.AsSpan(bucket * _count, _count));
            }

            MedianRule.OfBuckets(new UpdateBlock(_means, buckets.Length, _count, _count), aggregate);
        }
    }
}
