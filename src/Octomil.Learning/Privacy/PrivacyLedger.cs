using System.Collections.Immutable;

namespace Octomil.Learning.Privacy;

/// <summary>
/// What the releases that hold somebody's data have cost: an organization's, or a single device's. Costs are mu^2 of
/// <see cref="GaussianPrivacy"/>. A round reserves its worst case when it opens, commits before anything becomes visible, and refunds only
/// what nobody has seen or can see. An attempt is named by its round id; every command may be repeated.
/// </summary>
/// <remarks>
/// No decision depends on a clock or on who asks: a reservation does not expire, leaving and joining again finds the same ledger, and
/// of two attempts that race for the last of a budget the first one saved wins. The budget is a filter: stopping where the sum would
/// pass it keeps (epsilon, delta) also for rounds that are chosen adaptively (Smith and Thakurta 2022, theorem 1.2).
/// </remarks>
public sealed record PrivacyLedger
{
    // Costs are rounded doubles: the exact sum of a budget's worth of equal costs must fit.
    private const double Slack = 1 + 1e-12;

    public PrivacyLimit? Limit { get; init; }

    /// <summary>From 1; 0: the ledger has not been opened.</summary>
    public int Epoch { get; init; }

    /// <summary>mu^2 of what this epoch has released.</summary>
    public double Spent { get; init; }

    /// <summary>How many releases of this epoch.</summary>
    public int Participations { get; init; }

    /// <summary>Open attempts: mu^2 by id.</summary>
    public ImmutableSortedDictionary<string, double> Reserved { get; init; } = Empty<double>();

    /// <summary>Attempts that are over, of all epochs: none of them can be reserved, committed or refunded again.</summary>
    public ImmutableSortedDictionary<string, LedgerEntry> Closed { get; init; } = Empty<LedgerEntry>();

    public ImmutableList<LedgerEpoch> PastEpochs { get; init; } = [];

    /// <summary>mu^2 of what is spent and held.</summary>
    public double SpentAndReserved => Reserved.Values.Aggregate(Spent, (sum, cost) => sum + cost);

    /// <summary>The epsilon that the releases of this epoch have cost, at the limit's delta.</summary>
    public double EpsilonSpent => EpsilonOf(Spent);

    /// <summary>The epsilon if everything that is reserved is released.</summary>
    public double EpsilonSpentAndReserved => EpsilonOf(SpentAndReserved);

    /// <summary>Opens the ledger; one that is open stays as it is, so who joins again finds what was spent.</summary>
    /// <exception cref="PrivacyException">The limit is outside its range.</exception>
    public PrivacyLedger Open(PrivacyLimit limit)
    {
        limit.Check();
        return Limit is null ? this with { Limit = limit, Epoch = 1 } : this;
    }

    /// <summary>True where another release of this cost could be reserved.</summary>
    /// <param name="cost">mu^2, above 0.</param>
    public bool CanReserve(double cost) => Refusal(cost) is LedgerDecision.None;

    /// <summary>Holds an amount for an attempt.</summary>
    /// <param name="attempt">The round's id.</param>
    /// <param name="cost">mu^2 in the worst case, above 0; infinite without noise, which never fits.</param>
    public (PrivacyLedger Next, LedgerDecision Decision) Reserve(string attempt, double cost)
    {
        CheckCost(cost);
        if (Closed.ContainsKey(attempt))
        {
            return (this, LedgerDecision.AttemptClosed);
        }

        if (Reserved.TryGetValue(attempt, out var held))
        {
            return (this, held == cost ? LedgerDecision.DoneBefore : LedgerDecision.AmountDiffers);
        }

        return Refusal(cost) is var refusal and not LedgerDecision.None
            ? (this, refusal)
            : (this with { Reserved = Reserved.Add(attempt, cost) }, LedgerDecision.Done);
    }

    /// <summary>Charges what was reserved. Once this is saved the release may become visible, and not before.</summary>
    /// <param name="now">For the record only.</param>
    public (PrivacyLedger Next, LedgerDecision Decision) Commit(string attempt, DateTimeOffset now)
    {
        if (Closed.TryGetValue(attempt, out var entry))
        {
            return (this, entry.Committed ? LedgerDecision.DoneBefore : LedgerDecision.RefundedAlready);
        }

        return Reserved.TryGetValue(attempt, out var cost)
            ? (Close(attempt, committed: true, cost, now) with { Spent = Spent + cost, Participations = Participations + 1 }, LedgerDecision.Done)
            : (this, LedgerDecision.NotReserved);
    }

    /// <summary>
    /// Gives back what was reserved for an attempt nothing of which was or can be seen. An attempt without a reservation is closed too, so
    /// that a reservation which arrives after its refund holds nothing for ever.
    /// </summary>
    /// <param name="now">For the record only.</param>
    public (PrivacyLedger Next, LedgerDecision Decision) Refund(string attempt, DateTimeOffset now)
    {
        if (Closed.TryGetValue(attempt, out var entry))
        {
            return (this, entry.Committed ? LedgerDecision.ReleasedAlready : LedgerDecision.DoneBefore);
        }

        return (Close(attempt, committed: false, Reserved.GetValueOrDefault(attempt), now), LedgerDecision.Done);
    }

    /// <summary>
    /// Raises or lowers the limit. Lowered below what is spent and reserved nothing more fits, but what is reserved stands. What was spent
    /// stays spent.
    /// </summary>
    /// <exception cref="PrivacyException">The limit is outside its range.</exception>
    public (PrivacyLedger Next, LedgerDecision Decision) SetLimit(PrivacyLimit limit)
    {
        limit.Check();
        if (Limit == limit)
        {
            return (this, LedgerDecision.DoneBefore);
        }

        return limit.Delta == OpenLimit.Delta
            ? (this with { Limit = limit }, LedgerDecision.Done)
            : (this, LedgerDecision.DeltaIsFixed);
    }

    /// <summary>
    /// Begins a new budget, which is honest only for new data; what the old data have paid goes on record. Attempts that are over stay over.
    /// </summary>
    /// <param name="limit">The new limit; delta may be another one.</param>
    /// <param name="endedBy">The administrator who decided it.</param>
    /// <param name="reason">Why the data are new.</param>
    /// <param name="now">For the record only.</param>
    /// <exception cref="PrivacyException">The limit is outside its range, or there is no name or no reason.</exception>
    public (PrivacyLedger Next, LedgerDecision Decision) BeginEpoch(PrivacyLimit limit, string endedBy, string reason, DateTimeOffset now)
    {
        limit.Check();
        if (string.IsNullOrWhiteSpace(endedBy) || string.IsNullOrWhiteSpace(reason))
        {
            throw new PrivacyException("A new privacy budget needs the name of the administrator who gives it and a reason: why its data are not those that the old budget protects.");
        }

        if (!Reserved.IsEmpty)
        {
            return (this, LedgerDecision.ReservationsOpen);
        }

        var past = new LedgerEpoch { Limit = OpenLimit, Spent = Spent, Participations = Participations, EndedAt = now, EndedBy = endedBy, Reason = reason };
        return (this with { Limit = limit, Epoch = Epoch + 1, Spent = 0, Participations = 0, PastEpochs = PastEpochs.Add(past) }, LedgerDecision.Done);
    }

    private PrivacyLimit OpenLimit => Limit ?? throw new InvalidOperationException("The ledger has not been opened: it has no limit.");

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private static void CheckCost(double cost)
    {
        if (!(cost > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(cost), cost, "A release costs more than 0.");
        }
    }

    private LedgerDecision Refusal(double cost)
    {
        if (Participations + Reserved.Count >= OpenLimit.MaxParticipations)
        {
            return LedgerDecision.ParticipationsExhausted;
        }

        return SpentAndReserved + cost <= OpenLimit.MuSquared * Slack ? LedgerDecision.None : LedgerDecision.BudgetExhausted;
    }

    private PrivacyLedger Close(string attempt, bool committed, double cost, DateTimeOffset now) => this with
    {
        Reserved = Reserved.Remove(attempt),
        Closed = Closed.Add(attempt, new LedgerEntry { Committed = committed, Cost = cost, Epoch = Epoch, At = now }),
    };

    private double EpsilonOf(double muSquared) => Limit is null ? 0 : GaussianPrivacy.Epsilon(Math.Sqrt(muSquared), Limit.Delta);
}
