using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>The release of a round that holds an organization's data, before it is one.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-release")]
public sealed record PrivacyRelease
{
    /// <summary>The round's id, which names one attempt.</summary>
    [Id(0)] public required string Attempt { get; init; }
    [Id(1)] public required string RunId { get; init; }
    [Id(2)] public required int RoundNumber { get; init; }
    [Id(3)] public required string ModelName { get; init; }

    /// <summary>mu^2 of the release, in the worst case.</summary>
    [Id(4)] public required double Cost { get; init; }
}

/// <summary>Whether a release may hold an organization's data.</summary>
public enum PrivacyAdmission
{
    None = 0,

    /// <summary>The amount is held until the attempt is charged or refunded.</summary>
    Admitted = 1,

    /// <summary>The organization has not set a budget.</summary>
    NoBudget = 2,
    BudgetExhausted = 3,
    ParticipationsExhausted = 4,

    /// <summary>The attempt is over, or has another amount held.</summary>
    AttemptClosed = 5,
}

/// <summary>An organization's answer to a release.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-standing")]
public sealed record PrivacyStanding
{
    [Id(0)] public required PrivacyAdmission Admission { get; init; }

    /// <summary>Where every device has a ledger of its own: their epoch. 0: the organization has one for all, and has answered for them.</summary>
    [Id(1)] public int DeviceEpoch { get; init; }
}

/// <summary>The ledgers of an organization's devices in one epoch.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-ledger-key")]
public readonly record struct DeviceLedgerKey
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required int Epoch { get; init; }
}

/// <summary>What became of a charge or a refund.</summary>
public enum PrivacySettlement
{
    None = 0,

    /// <summary>It is on record, now or since before.</summary>
    Done = 1,

    /// <summary>There was nothing to charge, or the other one was done before.</summary>
    Refused = 2,
}

/// <summary>Where an organization's privacy stands, for people. Costs are mu^2, which adds up; epsilons are at the limit's delta.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-snapshot")]
public sealed record PrivacySnapshot
{
    [Id(0)] public required OrganizationSettings Settings { get; init; }

    /// <summary>From 1; 0 where no budget was ever set.</summary>
    [Id(1)] public required int Epoch { get; init; }

    /// <summary>The budget, what releases have cost, and what open rounds hold.</summary>
    [Id(2)] public required double Budget { get; init; }
    [Id(3)] public required double Spent { get; init; }
    [Id(4)] public required double Reserved { get; init; }

    /// <summary>The exact epsilon of what is spent.</summary>
    [Id(5)] public required double Epsilon { get; init; }

    /// <summary>The epsilon of what is spent and held.</summary>
    [Id(6)] public required double EpsilonWithReserved { get; init; }

    /// <summary>The same releases by a second accountant (Renyi differential privacy): an upper bound.</summary>
    [Id(7)] public required double RenyiEpsilon { get; init; }

    /// <summary>Releases that hold the organization's data, of this epoch.</summary>
    [Id(8)] public required int Releases { get; init; }
    [Id(9)] public required int OpenReservations { get; init; }
    [Id(10)] public ImmutableArray<PastPrivacyEpoch> PastEpochs { get; init; } = [];

    /// <summary>With a ledger for each device: how many devices were in a release, and the most that one was in.</summary>
    [Id(11)] public int Devices { get; init; }
    [Id(12)] public int MostParticipations { get; init; }
}

/// <summary>An epoch that is over.</summary>
[GenerateSerializer, Immutable, Alias("octomil.past-privacy-epoch")]
public sealed record PastPrivacyEpoch
{
    [Id(0)] public required double Epsilon { get; init; }
    [Id(1)] public required double PrivacyBudget { get; init; }
    [Id(2)] public required double Delta { get; init; }
    [Id(3)] public required int Releases { get; init; }
    [Id(4)] public required DateTimeOffset EndedAt { get; init; }
    [Id(5)] public required string EndedBy { get; init; }
    [Id(6)] public required string Reason { get; init; }
}

/// <summary>What became of an attempt.</summary>
public enum PrivacyEntryKind
{
    None = 0,
    Reserved = 1,
    Charged = 2,
    Refunded = 3,
}

/// <summary>A line of the ledger.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-line")]
public sealed record PrivacyLine
{
    [Id(0)] public required PrivacyRelease Release { get; init; }
    [Id(1)] public required PrivacyEntryKind Kind { get; init; }
    [Id(2)] public required int Epoch { get; init; }

    /// <summary>Null while it is reserved.</summary>
    [Id(3)] public DateTimeOffset? At { get; init; }

    /// <summary>The epsilon of the epoch up to and with this charge; null for others.</summary>
    [Id(4)] public double? EpsilonAfter { get; init; }
}

/// <summary>Lines of the ledger, the newest first.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-ledger-page")]
public sealed record PrivacyLedgerPage
{
    [Id(0)] public ImmutableArray<PrivacyLine> Lines { get; init; } = [];
    [Id(1)] public required int Total { get; init; }
}
