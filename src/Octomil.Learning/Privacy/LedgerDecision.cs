namespace Octomil.Learning.Privacy;

/// <summary>What a ledger made of a command.</summary>
public enum LedgerDecision
{
    None = 0,

    /// <summary>Done.</summary>
    Done = 1,

    /// <summary>It was done before; nothing changed.</summary>
    DoneBefore = 2,

    /// <summary>The budget does not hold that much more.</summary>
    BudgetExhausted = 3,

    /// <summary>The largest number of participations is reached.</summary>
    ParticipationsExhausted = 4,

    /// <summary>The attempt was committed or refunded: another attempt needs another id.</summary>
    AttemptClosed = 5,

    /// <summary>The attempt has a reservation of another amount.</summary>
    AmountDiffers = 6,

    /// <summary>There is nothing to commit: no reservation was granted.</summary>
    NotReserved = 7,

    /// <summary>The attempt was committed: what has been released cannot be refunded.</summary>
    ReleasedAlready = 8,

    /// <summary>The attempt was refunded: it cannot be released any more.</summary>
    RefundedAlready = 9,

    /// <summary>Reservations are open: they belong to the epoch that would end.</summary>
    ReservationsOpen = 10,

    /// <summary>Delta is fixed within an epoch.</summary>
    DeltaIsFixed = 11,
}
