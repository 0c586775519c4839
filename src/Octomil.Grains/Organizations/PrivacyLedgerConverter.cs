using System.Collections.Immutable;
using Octomil.Learning.Privacy;

namespace Octomil.Organizations;

/// <summary>The stored form of a <see cref="PrivacyLedger"/>, which knows nothing of storage.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-ledger")]
internal readonly record struct StoredLedger
{
    [Id(0)] public StoredLimit? Limit { get; init; }
    [Id(1)] public int Epoch { get; init; }
    [Id(2)] public double Spent { get; init; }
    [Id(3)] public int Participations { get; init; }
    [Id(4)] public ImmutableArray<StoredHold> Reserved { get; init; }
    [Id(5)] public ImmutableArray<StoredEntry> Closed { get; init; }
    [Id(6)] public ImmutableArray<StoredEpoch> PastEpochs { get; init; }
}

[GenerateSerializer, Immutable, Alias("octomil.privacy-limit")]
internal sealed record StoredLimit
{
    [Id(0)] public required double Epsilon { get; init; }
    [Id(1)] public required double Delta { get; init; }
    [Id(2)] public int? MaxParticipations { get; init; }

    public static StoredLimit Of(PrivacyLimit limit) =>
        new() { Epsilon = limit.Epsilon, Delta = limit.Delta, MaxParticipations = limit.MaxParticipations };

    public PrivacyLimit ToLimit() => new() { Epsilon = Epsilon, Delta = Delta, MaxParticipations = MaxParticipations };
}

[GenerateSerializer, Immutable, Alias("octomil.privacy-hold")]
internal readonly record struct StoredHold
{
    [Id(0)] public string Attempt { get; init; }
    [Id(1)] public double Cost { get; init; }
}

[GenerateSerializer, Immutable, Alias("octomil.privacy-entry")]
internal readonly record struct StoredEntry
{
    [Id(0)] public string Attempt { get; init; }
    [Id(1)] public bool Committed { get; init; }
    [Id(2)] public double Cost { get; init; }
    [Id(3)] public int Epoch { get; init; }
    [Id(4)] public DateTimeOffset At { get; init; }
}

[GenerateSerializer, Immutable, Alias("octomil.privacy-epoch")]
internal sealed record StoredEpoch
{
    [Id(0)] public required StoredLimit Limit { get; init; }
    [Id(1)] public double Spent { get; init; }
    [Id(2)] public int Participations { get; init; }
    [Id(3)] public DateTimeOffset EndedAt { get; init; }
    [Id(4)] public required string EndedBy { get; init; }
    [Id(5)] public required string Reason { get; init; }
}

/// <summary>Between the two.</summary>
[RegisterConverter]
internal sealed class PrivacyLedgerConverter : IConverter<PrivacyLedger, StoredLedger>
{
    public PrivacyLedger ConvertFromSurrogate(in StoredLedger surrogate) => new()
    {
        Limit = surrogate.Limit?.ToLimit(),
        Epoch = surrogate.Epoch,
        Spent = surrogate.Spent,
        Participations = surrogate.Participations,
        Reserved = surrogate.Reserved.ToImmutableSortedDictionary(hold => hold.Attempt, hold => hold.Cost, StringComparer.Ordinal),
        Closed = surrogate.Closed.ToImmutableSortedDictionary(
            entry => entry.Attempt,
            entry => new LedgerEntry { Committed = entry.Committed, Cost = entry.Cost, Epoch = entry.Epoch, At = entry.At },
            StringComparer.Ordinal),
        PastEpochs =
        [
            .. surrogate.PastEpochs.Select(epoch => new LedgerEpoch
            {
                Limit = epoch.Limit.ToLimit(), Spent = epoch.Spent, Participations = epoch.Participations, EndedAt = epoch.EndedAt,
                EndedBy = epoch.EndedBy, Reason = epoch.Reason,
            }),
        ],
    };

    public StoredLedger ConvertToSurrogate(in PrivacyLedger value) => new()
    {
        Limit = value.Limit is null ? null : StoredLimit.Of(value.Limit),
        Epoch = value.Epoch,
        Spent = value.Spent,
        Participations = value.Participations,
        Reserved = [.. value.Reserved.Select(hold => new StoredHold { Attempt = hold.Key, Cost = hold.Value })],
        Closed =
        [
            .. value.Closed.Select(entry => new StoredEntry
            {
                Attempt = entry.Key, Committed = entry.Value.Committed, Cost = entry.Value.Cost, Epoch = entry.Value.Epoch, At = entry.Value.At,
            }),
        ],
        PastEpochs =
        [
            .. value.PastEpochs.Select(epoch => new StoredEpoch
            {
                Limit = StoredLimit.Of(epoch.Limit), Spent = epoch.Spent, Participations = epoch.Participations, EndedAt = epoch.EndedAt,
                EndedBy = epoch.EndedBy, Reason = epoch.Reason,
            }),
        ],
    };
}
