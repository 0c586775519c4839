namespace Octomil.Learning.Strategies;

/// <summary>What a strategy needs from a round, and with that what it goes together with.</summary>
public enum AggregationNeeds
{
    None = 0,

    /// <summary>One sum: <see cref="ISumRule"/>.</summary>
    Sums = 1,

    /// <summary>One sum, and the last aggregate where updates are read: <see cref="CenteredClipRule"/>.</summary>
    SumsAroundReference = 2,

    /// <summary>Two sums, of weights and of controls: <see cref="Scaffold"/>.</summary>
    SumsOfTwo = 3,

    /// <summary>A sum for each bucket: <see cref="MedianRule.OfBuckets"/>.</summary>
    SumsOfBuckets = 4,

    /// <summary>Every update, kept until the round is sealed: <see cref="IUpdateRule"/>.</summary>
    AllUpdates = 5,
}

/// <summary>What <see cref="AggregationNeeds"/> mean for privacy and secure aggregation.</summary>
public static class AggregationNeedsRules
{
    /// <summary>True where the noise of a sum makes the result private.</summary>
    public static bool AllowPrivacy(this AggregationNeeds needs) => needs is AggregationNeeds.Sums or AggregationNeeds.SumsAroundReference or AggregationNeeds.SumsOfTwo;

    /// <summary>Refuses a combination before a run starts.</summary>
    /// <exception cref="StrategyException">The strategy cannot be private, or cannot work on what the server cannot read.</exception>
    public static void Check(this AggregationNeeds needs, string strategy, bool isPrivate, bool isSecure)
    {
        if (isPrivate && !needs.AllowPrivacy())
        {
            throw new StrategyException($"'{strategy}' cannot be combined with differential privacy: medians and selections can change by as much as one device likes, however many devices there are, so no noise on a sum covers them. Use 'normbound' with a max_norm instead.");
        }

        if (isSecure && needs is not AggregationNeeds.Sums and not AggregationNeeds.SumsOfTwo)
        {
            throw new StrategyException($"'{strategy}' cannot be combined with secure aggregation: it has to look at single updates, and the server only ever sees their sum. Use a strategy of sums, such as 'fedavg'.");
        }
    }
}
