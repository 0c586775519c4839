using Microsoft.Extensions.Options;
using Octomil.Learning.Privacy;
using Octomil.Learning.Strategies;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>Finds the aggregate of a round that is sealed, by what its strategy needs.</summary>
internal sealed class RoundAggregates(IPayloadStore payloads, IOptions<RoundOptions> options)
{
    /// <param name="plan">The round.</param>
    /// <param name="rules">What its strategy is.</param>
    /// <param name="key">Its key.</param>
    /// <param name="input">What it registered.</param>
    /// <param name="noise">Of a private round: added to the sums, once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrategyException">Nothing is left, or too little for the strategy.</exception>
    public async Task<RoundAggregate> OpenAsync(
        RoundPlan plan, RoundRules rules, ReadOnlyMemory<byte> key, SealingInput input, GaussianNoise? noise, CancellationToken cancellationToken)
    {
        if (noise is not null && rules.Strategy.Needs is not AggregationNeeds.Sums)
        {
            // Refused when the run was started; what is released without noise would be released for ever.
            throw new InvalidOperationException($"The strategy {plan.Strategy} has no private form.");
        }

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
            : new SumsAggregate(sums, tally, noise);
    }

    public static void CheckCount(FoldTally tally, int fewest)
    {
        if (tally.Updates < fewest)
        {
            throw new StrategyException($"Only {tally.Updates} of at least {fewest} updates are left.");
        }
    }
}
