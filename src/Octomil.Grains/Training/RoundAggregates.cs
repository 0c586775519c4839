using Microsoft.Extensions.Options;
using Octomil.Learning.Strategies;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>Finds the aggregate of a round that is sealed, by what its strategy needs.</summary>
internal sealed class RoundAggregates(IPayloadStore payloads, IOptions<RoundOptions> options)
{
    /// <exception cref="StrategyException">Nothing is left, or too little for the strategy.</exception>
    public async Task<RoundAggregate> OpenAsync(
        RoundPlan plan, RoundRules rules, ReadOnlyMemory<byte> key, SealingInput input, CancellationToken cancellationToken)
    {
        if (rules.KeepsUpdates)
        {
            return await StoredAggregate.OpenAsync(new StoredRound(payloads, plan, key, options.Value.ShardBudgetBytes), rules, input, cancellationToken);
        }

        BucketCheckpoint[] checkpoints = [.. input.Checkpoints.Where(bucket => !plan.BucketsByOrganization || !input.Excluded.Contains(bucket.Bucket))];
        var tally = new FoldTally(plan.Organizations.Length);
        var parameters = 0L;

        foreach (var checkpoint in checkpoints)
        {
            var head = await payloads.ReadCheckpointHeadAsync(checkpoint.Checkpoint, key, cancellationToken);
            tally.Merge(FoldTally.FromBytes(head.Bytes.Span, plan.Organizations.Length));
            parameters = head.SumCount / rules.Vectors;
        }

        CheckCount(tally, 1);
        var sums = new StoredSums(payloads, key, checkpoints, rules, parameters);
        return rules.Strategy.Needs is AggregationNeeds.SumsOfBuckets
            ? await BucketAggregate.OpenAsync(sums, plan, tally, cancellationToken)
            : new SumsAggregate(sums, tally);
    }

    public static void CheckCount(FoldTally tally, int fewest)
    {
        if (tally.Updates < fewest)
        {
            throw new StrategyException($"Only {tally.Updates} of at least {fewest} updates are left.");
        }
    }
}
