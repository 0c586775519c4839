using System.Collections.Immutable;
using Octomil.Learning.Privacy;

namespace Octomil.Organizations;

/// <summary>A release in the ledger, with what its closing left.</summary>
[GenerateSerializer, Immutable, Alias("octomil.ledger-record")]
internal sealed record LedgerRecord
{
    [Id(0)] public required PrivacyRelease Release { get; init; }

    /// <summary>Place among the attempts that are over, from 1; 0 while it is reserved. Clocks may go back, this does not.</summary>
    [Id(1)] public int Sequence { get; init; }

    /// <summary>mu^2 of the epoch after it.</summary>
    [Id(2)] public double SpentAfter { get; init; }
}

/// <summary>
/// An organization's settings and its privacy ledger: one row, so that a budget and what is spent of it never disagree. Attempts that were
/// over long ago are moved to pages of their own, so the row stays small.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-policy-state")]
internal sealed record PolicyState
{
    /// <summary>Closed attempts on a page.</summary>
    public const int PageLength = 256;

    private const double Unreachable = 1e9;

    [Id(0)] public OrganizationSettings Settings { get; init; } = new();
    [Id(1)] public PrivacyLedger Ledger { get; init; } = new();

    /// <summary>By attempt: those that are open, and those that are over and not on a page yet.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, LedgerRecord> Records { get; init; } = ImmutableSortedDictionary<string, LedgerRecord>.Empty;

    /// <summary>Attempts that are over.</summary>
    [Id(3)] public int Closings { get; init; }

    /// <summary>Pages that are written.</summary>
    [Id(4)] public int Pages { get; init; }

    /// <summary>Epochs that are over.</summary>
    [Id(5)] public ImmutableArray<PastPrivacyEpoch> PastEpochs { get; init; } = [];

    /// <summary>The last epoch of which webhooks were told that the budget is nearly spent, and at which threshold.</summary>
    [Id(6)] public int NoticedEpoch { get; init; }
    [Id(7)] public double NoticedThreshold { get; init; }

    /// <summary>The epoch of the devices' own ledgers, where they have them; then this one only lists their releases.</summary>
    public int DeviceEpoch => Settings.Granularity is PrivacyGranularity.Device ? Ledger.Epoch : 0;

    public PrivacyAdmission CanReserve(double cost) => Ledger.Limit is null
        ? PrivacyAdmission.NoBudget
        : Ledger.CanReserve(cost) ? PrivacyAdmission.Admitted
        : Ledger.SpentAndReserved + cost > Ledger.Limit.MuSquared * (1 + 1e-12) ? PrivacyAdmission.BudgetExhausted
        : PrivacyAdmission.ParticipationsExhausted;

    public (PolicyState Next, PrivacyAdmission Admission) Reserve(PrivacyRelease release)
    {
        if (Ledger.Limit is null)
        {
            return (this, PrivacyAdmission.NoBudget);
        }

        var (ledger, decision) = Ledger.Reserve(release.Attempt, release.Cost);
        return decision switch
        {
            LedgerDecision.Done => (this with
            {
                Ledger = ledger, Records = Records.Add(release.Attempt, new LedgerRecord { Release = release }),
            }, PrivacyAdmission.Admitted),
            LedgerDecision.DoneBefore => (this, PrivacyAdmission.Admitted),
            LedgerDecision.BudgetExhausted => (this, PrivacyAdmission.BudgetExhausted),
            LedgerDecision.ParticipationsExhausted => (this, PrivacyAdmission.ParticipationsExhausted),
            _ => (this, PrivacyAdmission.AttemptClosed),
        };
    }

    public bool IsNoticed(double threshold) => NoticedEpoch == Ledger.Epoch && NoticedThreshold == threshold;

    public PolicyState Notice(double threshold) => this with { NoticedEpoch = Ledger.Epoch, NoticedThreshold = threshold };

    public (PolicyState Next, PrivacySettlement Settlement) Commit(string attempt, DateTimeOffset now) => Settle(attempt, Ledger.Commit(attempt, now));

    public (PolicyState Next, PrivacySettlement Settlement) Refund(string attempt, DateTimeOffset now) => Settle(attempt, Ledger.Refund(attempt, now));

    /// <exception cref="PrivacyException">A number is outside its range.</exception>
    public (PolicyState Next, SettingsDecision Decision) Change(SettingsChange change)
    {
        var settings = Settings with
        {
            PrivacyBudget = change.PrivacyBudget ?? Settings.PrivacyBudget,
            Delta = change.Delta ?? Settings.Delta,
            Granularity = change.Granularity ?? Settings.Granularity,
            MaxParticipations = change.MaxParticipations ?? Settings.MaxParticipations,
            AllowNonPrivateRuns = change.AllowNonPrivateRuns ?? Settings.AllowNonPrivateRuns,
            AutoRollbackEnabled = change.AutoRollbackEnabled ?? Settings.AutoRollbackEnabled,
            ErrorThreshold = change.ErrorThreshold ?? Settings.ErrorThreshold,
        };

        if (settings == Settings)
        {
            return (this, SettingsDecision.Done);
        }

        if (OwnLimitOf(settings) is not { } limit)
        {
            return (this with { Settings = settings }, SettingsDecision.Done);
        }

        if (Ledger.Limit is null)
        {
            return (this with { Settings = settings, Ledger = Ledger.Open(limit) }, SettingsDecision.Done);
        }

        // A guarantee about devices cannot become one about the organization, or the other way round, on the same data.
        if (settings.Granularity != Settings.Granularity)
        {
            return (this, SettingsDecision.FixedInEpoch);
        }

        var (ledger, decision) = Ledger.SetLimit(limit);
        return decision is LedgerDecision.DeltaIsFixed
            ? (this, SettingsDecision.FixedInEpoch)
            : (this with { Settings = settings, Ledger = ledger }, SettingsDecision.Done);
    }

    /// <exception cref="PrivacyException">A number is outside its range, or there is no reason.</exception>
    /// <param name="epoch">The new one.</param>
    /// <param name="before">Where the old one stands.</param>
    /// <param name="now">For the record only.</param>
    public (PolicyState Next, SettingsDecision Decision) BeginEpoch(NewPrivacyEpoch epoch, PrivacySnapshot before, DateTimeOffset now)
    {
        var settings = Settings with
        {
            PrivacyBudget = epoch.PrivacyBudget, Delta = epoch.Delta, MaxParticipations = epoch.MaxParticipations, Granularity = epoch.Granularity,
        };
        var limit = OwnLimitOf(settings)!;

        if (Ledger.Limit is null)
        {
            return (this with { Settings = settings, Ledger = Ledger.Open(limit) }, SettingsDecision.Done);
        }

        var (ledger, decision) = Ledger.BeginEpoch(limit, epoch.By, epoch.Reason, now);
        return decision is LedgerDecision.ReservationsOpen
            ? (this, SettingsDecision.ReservationsOpen)
            : (this with { Settings = settings, Ledger = ledger, PastEpochs = PastEpochs.Add(PastOf(before, epoch, now)) }, SettingsDecision.Done);
    }

    /// <summary>The oldest closed attempts, once there are two pages of them, and the row without them.</summary>
    public (PolicyState Next, ImmutableArray<PrivacyLine> Page)? Archive()
    {
        if (Ledger.Closed.Count < 2 * PageLength)
        {
            return null;
        }

        var oldest = Ledger.Closed.Keys.OrderBy(SequenceOf).Take(PageLength).ToList();
        return (this with
        {
            Ledger = Ledger with { Closed = Ledger.Closed.RemoveRange(oldest) }, Records = Records.RemoveRange(oldest), Pages = Pages + 1,
        }, [.. oldest.Select(LineOf)]);
    }

    /// <summary>What is in the row, the newest first.</summary>
    public IEnumerable<PrivacyLine> Lines() =>
        Records.Where(pair => pair.Value.Sequence == 0).Select(pair => LineOf(pair.Key))
            .Concat(Ledger.Closed.Keys.Where(Records.ContainsKey).OrderByDescending(SequenceOf).Select(LineOf));

    public PrivacySnapshot ToSnapshot() => new()
    {
        Settings = Settings,
        Epoch = Ledger.Epoch,
        Budget = Ledger.Limit?.MuSquared ?? 0,
        Spent = Ledger.Spent,
        Reserved = Ledger.SpentAndReserved - Ledger.Spent,
        Epsilon = Ledger.EpsilonSpent,
        EpsilonWithReserved = Ledger.EpsilonSpentAndReserved,
        RenyiEpsilon = RenyiEpsilonOf(Ledger.Spent, Settings.Delta),
        Releases = Ledger.Participations,
        OpenReservations = Ledger.Reserved.Count,
        PastEpochs = PastEpochs,
        MostParticipations = Ledger.Participations,
    };

    /// <summary>With the devices' own ledgers the organization has spent what the device that took part most has.</summary>
    public PrivacySnapshot ToSnapshot(IReadOnlyCollection<DeviceLedgerStanding> devices)
    {
        var spent = devices.Max(part => part.LargestSpent);
        var held = devices.Max(part => part.LargestHeld);
        var delta = Settings.Delta;
        return ToSnapshot() with
        {
            Budget = LimitOf(Settings)!.MuSquared,
            Spent = spent,
            Reserved = held,
            Epsilon = GaussianPrivacy.Epsilon(Math.Sqrt(spent), delta),

            // Of two different devices at worst; never too small.
            EpsilonWithReserved = GaussianPrivacy.Epsilon(Math.Sqrt(spent + held), delta),
            RenyiEpsilon = RenyiEpsilonOf(spent, delta),
            Devices = devices.Sum(part => part.Devices),
            MostParticipations = devices.Max(part => part.MostParticipations),
        };
    }

    /// <summary>Gaussian releases of total mu^2 are, for Renyi divergences, the same as one with noise multiplier 1/mu (Mironov 2017, propositions 1 and 7).</summary>
    internal static double RenyiEpsilonOf(double spent, double delta)
    {
        var accountant = new RenyiAccountant();
        accountant.AddGaussian(1 / Math.Sqrt(spent), spent > 0 ? 1 : 0);
        return accountant.Epsilon(delta);
    }

    /// <summary>What the settings allow: the organization, or each of its devices. Null: there is no budget.</summary>
    /// <exception cref="PrivacyException">A number is outside its range.</exception>
    internal static PrivacyLimit? LimitOf(OrganizationSettings settings)
    {
        if (settings.PrivacyBudget is not { } epsilon)
        {
            return null;
        }

        var limit = new PrivacyLimit { Epsilon = epsilon, Delta = settings.Delta, MaxParticipations = settings.MaxParticipations };
        limit.Check();
        return limit;
    }

    // Where every device has its own limit this ledger has none that would ever be reached.
    private static PrivacyLimit? OwnLimitOf(OrganizationSettings settings) =>
        LimitOf(settings) is { } limit && settings.Granularity is PrivacyGranularity.Device
            ? limit with { Epsilon = Unreachable, MaxParticipations = null }
            : LimitOf(settings);

    private static PastPrivacyEpoch PastOf(PrivacySnapshot before, NewPrivacyEpoch epoch, DateTimeOffset now) => new()
    {
        Epsilon = before.Epsilon,
        PrivacyBudget = before.Settings.PrivacyBudget ?? 0,
        Delta = before.Settings.Delta,
        Releases = before.Releases,
        EndedAt = now,
        EndedBy = epoch.By,
        Reason = epoch.Reason,
    };

    private int SequenceOf(string attempt) => Records.GetValueOrDefault(attempt)?.Sequence ?? 0;

    private PrivacyLine LineOf(string attempt)
    {
        var entry = Ledger.Closed.GetValueOrDefault(attempt);
        var record = Records.GetValueOrDefault(attempt);
        return new PrivacyLine
        {
            // A refund that came before its reservation knows no more than the attempt.
            Release = record?.Release ?? new PrivacyRelease { Attempt = attempt, RunId = "", RoundNumber = 0, ModelName = "", Cost = entry?.Cost ?? 0 },
            Kind = entry is null ? PrivacyEntryKind.Reserved : entry.Committed ? PrivacyEntryKind.Charged : PrivacyEntryKind.Refunded,
            Epoch = entry?.Epoch ?? Ledger.Epoch,
            At = entry?.At,
            EpsilonAfter = entry?.Committed is true ? GaussianPrivacy.Epsilon(Math.Sqrt(record?.SpentAfter ?? 0), Settings.Delta) : null,
        };
    }

    private (PolicyState Next, PrivacySettlement Settlement) Settle(string attempt, (PrivacyLedger Next, LedgerDecision Decision) result)
    {
        if (result.Decision is not LedgerDecision.Done)
        {
            return (this, result.Decision is LedgerDecision.DoneBefore ? PrivacySettlement.Done : PrivacySettlement.Refused);
        }

        var closed = this with { Ledger = result.Next, Closings = Closings + 1 };
        return Records.TryGetValue(attempt, out var record)
            ? (closed with
            {
                Records = Records.SetItem(attempt, record with { Sequence = closed.Closings, SpentAfter = result.Next.Spent }),
            }, PrivacySettlement.Done)
            : (closed, PrivacySettlement.Done);
    }
}
