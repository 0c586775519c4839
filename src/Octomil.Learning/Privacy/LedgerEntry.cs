namespace Octomil.Learning.Privacy;

/// <summary>What became of an attempt that is over.</summary>
public sealed record LedgerEntry
{
    /// <summary>True: released and charged. False: refunded, nothing of it was or can be seen.</summary>
    public required bool Committed { get; init; }

    /// <summary>mu^2 of the release; 0 where nothing had been reserved.</summary>
    public required double Cost { get; init; }

    /// <summary>The ledger's epoch at the time.</summary>
    public required int Epoch { get; init; }

    /// <summary>When, for reports only.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>An epoch that is over: what its data have paid stays on record.</summary>
public sealed record LedgerEpoch
{
    public required PrivacyLimit Limit { get; init; }

    /// <summary>mu^2 of all its releases.</summary>
    public required double Spent { get; init; }

    public required int Participations { get; init; }

    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Who began the next one.</summary>
    public required string EndedBy { get; init; }

    /// <summary>Why the next one is about new data.</summary>
    public required string Reason { get; init; }
}
