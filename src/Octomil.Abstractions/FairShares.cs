namespace Octomil;

/// <summary>
/// A capacity that organizations share: who may take how much of it now. Pure, without a clock, a thread or a queue of its own.
/// </summary>
/// <remarks>
/// Alone, an organization may take all but an eighth, which is there for whoever comes next (all, where single requests are larger than
/// that). While others want more than they have, it
/// may take at most its share: the capacity divided by the organizations that hold or want some of it. What it holds beyond that is
/// not taken away: it flows back as work ends, and to the one that holds least. One request is always possible where there is room, also
/// one that is larger than a share, and one larger than everything where nothing is taken: max-min fairness (Bertsekas and
/// Gallager 1992, "Data Networks", section 6.5.2), as far as requests that cannot be divided allow it.
/// </remarks>
/// <param name="capacity">In any unit, above 0.</param>
/// <param name="claim">For how long an organization that was turned away counts as one that wants some.</param>
public sealed class FairShares(long capacity, TimeSpan claim)
{
    private const int ReservedPart = 8;

    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);

    /// <summary>What is taken now, by all.</summary>
    public long Taken { get; private set; }

    /// <summary>What an organization holds.</summary>
    public long Held(string organization) => _parts.TryGetValue(organization, out var part) ? part.Held : 0;

    /// <summary>Takes the amount if the organization may have it now.</summary>
    public bool TryTake(string organization, long amount, DateTimeOffset now)
    {
        Forget(now);
        if (!MayTake(organization, amount))
        {
            return false;
        }

        PartOf(organization).Held += amount;
        Taken += amount;
        return true;
    }

    /// <summary>Gives back what was taken.</summary>
    public void Return(string organization, long amount)
    {
        PartOf(organization).Held -= amount;
        Taken -= amount;
    }

    /// <summary>One request of the organization waits from now on.</summary>
    public void Wait(string organization) => PartOf(organization).Waiting++;

    /// <summary>One does not wait any more, whatever became of it.</summary>
    public void StopWaiting(string organization) => PartOf(organization).Waiting--;

    /// <summary>One was turned away and told to come again: its share is kept free for a while.</summary>
    public void TurnedAway(string organization, DateTimeOffset now) => PartOf(organization).ClaimedUntil = now + claim;

    private bool MayTake(string organization, long amount)
    {
        var held = Held(organization);
        if (Taken + amount > capacity)
        {
            return Taken == 0;
        }

        return held == 0 || held + amount <= (OthersWant(organization) ? capacity / Organizations(organization) : Alone(amount));
    }

    // What is kept for others must be of use to them: a request that is larger than that part would not fit there anyway.
    private long Alone(long amount) => amount <= capacity / ReservedPart ? capacity - (capacity / ReservedPart) : capacity;

    // Whoever waits holds less than it wants; whether it holds less than its share is what the shares are for.
    private bool OthersWant(string organization) => _parts.Any(part => part.Key != organization && part.Value.Wants);

    private int Organizations(string organization) => 1 + _parts.Count(part => part.Key != organization && (part.Value.Wants || part.Value.Held > 0));

    private Part PartOf(string organization)
    {
        if (!_parts.TryGetValue(organization, out var part))
        {
            _parts[organization] = part = new Part();
        }

        return part;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (organization, part) in _parts)
        {
            if (part.ClaimedUntil <= now)
            {
                part.ClaimedUntil = DateTimeOffset.MinValue;
            }

            if (part is { Held: 0, Wants: false })
            {
                _parts.Remove(organization);
            }
        }
    }

    private sealed class Part
    {
        public long Held { get; set; }

        public int Waiting { get; set; }

        public DateTimeOffset ClaimedUntil { get; set; } = DateTimeOffset.MinValue;

        public bool Wants => Waiting > 0 || ClaimedUntil > DateTimeOffset.MinValue;
    }
}
