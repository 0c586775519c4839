using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What a round has of one fold: how many registrations, and its sums after them.</summary>
[GenerateSerializer, Immutable, Alias("octomil.fold-entry")]
internal sealed record FoldEntry
{
    [Id(0)] public required long Sequence { get; init; }

    /// <summary>One reference for each bucket that something was added to, in the order of the buckets.</summary>
    [Id(10)] public ImmutableArray<BucketCheckpoint> Buckets { get; init; } = [];

    /// <summary>The references after a registration: what it names is exchanged, the rest stays.</summary>
    public static ImmutableArray<BucketCheckpoint> Exchange(ImmutableArray<BucketCheckpoint> kept, ImmutableArray<BucketCheckpoint> changed) =>
    [
        .. kept.Where(old => changed.All(bucket => bucket.Bucket != old.Bucket)).Concat(changed).OrderBy(bucket => bucket.Bucket),
    ];
}

/// <summary>
/// The row that decides what counts. It stays small whatever the number of updates: a reference for each fold and bucket, one bit for each
/// device of the cohort. The plan, which is larger, is a row of its own.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.round-state")]
internal sealed partial record RoundState
{
    [Id(0)] public RoundPhase Phase { get; init; }

    /// <summary>One half of the round's key, wrapped; empty once the round is published or abandoned, and where the round stores no sums.</summary>
    [Id(1)] public ImmutableArray<byte> WrappedKey { get; init; } = [];
    [Id(2)] public ImmutableSortedDictionary<string, FoldEntry> Folds { get; init; } = ImmutableSortedDictionary<string, FoldEntry>.Empty;

    /// <summary>Bit i of word i / 64: the update of device i of the cohort is counted.</summary>
    [Id(3)] public ImmutableArray<ulong> Counted { get; init; } = [];
    [Id(4)] public int Updates { get; init; }
    [Id(5)] public RoundOutcome? Outcome { get; init; }

    /// <summary>Organizations whose membership ended in mid-round: nothing of theirs enters the result.</summary>
    [Id(20)] public ImmutableSortedSet<string> Excluded { get; init; } = [];

    /// <summary>Of a private round: how far its organizations' ledgers have been told of its end.</summary>
    [Id(60)] public RoundSettlement Settlement { get; init; }

    /// <summary>True where every update that may come has come.</summary>
    public bool HasReached(RoundPlan plan) => UpdatesThatEnter(plan) >= Math.Min(plan.TargetUpdates, DevicesThatMayAnswer(plan));

    public RoundState Open(RoundPlan plan, ImmutableArray<byte> wrappedKey) => Phase is not RoundPhase.None
        ? this
        : this with { Phase = RoundPhase.Open, WrappedKey = wrappedKey, Counted = [.. new ulong[(plan.Devices.Length + 63) / 64]] };

    /// <summary>
    /// Decides a registration. In this order: a repeat of the one it has gets the same answer; then the phase; then whether the fold
    /// and the row agree on what came before; then every device of the batch. All or nothing.
    /// </summary>
    public (RoundState Next, RegisterResult Result) Register(FoldRegistration registration, RoundPlan plan)
    {
        var entry = Folds.GetValueOrDefault(registration.FoldId);
        var sequence = entry?.Sequence ?? 0;

        // Names are never used twice: what has one of its references has the whole registration.
        if (sequence == registration.Sequence + 1 && registration.Buckets.All(entry!.Buckets.Contains))
        {
            return (this, new RegisterResult { Decision = RegisterDecision.Counted });
        }

        if (Phase is not RoundPhase.Open)
        {
            return (this, new RegisterResult { Decision = RegisterDecision.RoundNotOpen, Counted = CountedDevices() });
        }

        if (sequence != registration.Sequence)
        {
            return (this, new RegisterResult
            {
                Decision = RegisterDecision.Behind, Sequence = sequence, Buckets = entry?.Buckets ?? [], Counted = CountedDevices(),
            });
        }

        var notSelected = registration.Devices.RemoveAll(device => device >= 0 && device < plan.Devices.Length);
        var excluded = registration.Devices.RemoveAll(device => notSelected.Contains(device) || !IsExcluded(device, plan));
        var countedBefore = registration.Devices.RemoveAll(device => notSelected.Contains(device) || excluded.Contains(device) || !IsCounted(device));

        if (!notSelected.IsEmpty || !excluded.IsEmpty || !countedBefore.IsEmpty)
        {
            return (this, new RegisterResult
            {
                Decision = RegisterDecision.Refused, CountedBefore = countedBefore, NotSelected = notSelected, Excluded = excluded,
            });
        }

        return (Count(registration), new RegisterResult { Decision = RegisterDecision.Counted });
    }

    public RoundState BeginSealing() => Phase is RoundPhase.Open ? this with { Phase = RoundPhase.Sealing } : this;

    public RoundState Seal(RoundOutcome outcome) =>
        Phase is RoundPhase.Open or RoundPhase.Sealing ? this with { Phase = RoundPhase.Sealed, Outcome = outcome } : this;

    /// <summary>The point of no return of a private round: from here on its charges stand, whatever becomes of the result.</summary>
    public RoundState BeginCharging() => Phase is RoundPhase.Sealed && Settlement is RoundSettlement.None
        ? this with { Settlement = RoundSettlement.Charging }
        : this;

    /// <summary>The ledgers know: the outcome may be seen.</summary>
    public RoundState Settle() => Settlement is RoundSettlement.Settled ? this : this with { Settlement = RoundSettlement.Settled };

    /// <summary>The outcome, once whoever pays for it has paid.</summary>
    public RoundOutcome? VisibleOutcome(RoundPlan? plan) => plan?.Privacy is null || Settlement is RoundSettlement.Settled ? Outcome : null;

    /// <summary>The run has the result: the key and the sums are of no more use to anyone.</summary>
    public RoundState Publish() => Phase is RoundPhase.Sealed
        ? this with
        {
            Phase = RoundPhase.Published,
            WrappedKey = [],
            Folds = ImmutableSortedDictionary<string, FoldEntry>.Empty,
            Outcome = Outcome! with { Phase = RoundPhase.Published },
        }
        : this;

    /// <summary>A sealed round is not abandoned: its result may be visible. A private one is not before it is charged.</summary>
    public RoundState Abandon(RoundOutcome outcome, bool isPrivate = false) =>
        Phase is RoundPhase.Open or RoundPhase.Sealing or RoundPhase.None || (isPrivate && Phase is RoundPhase.Sealed && Settlement is RoundSettlement.None)
        ? this with
        {
            Phase = RoundPhase.Abandoned,
            WrappedKey = [],
            Folds = ImmutableSortedDictionary<string, FoldEntry>.Empty,
            Outcome = outcome,
        }
        : this;

    /// <summary>False also in a round that was abandoned before it was open.</summary>
    public bool IsCounted(int device) => device / 64 < Counted.Length && (Counted[device / 64] >> (device % 64) & 1) != 0;

    public ImmutableArray<int> CountedDevices()
    {
        var devices = ImmutableArray.CreateBuilder<int>(Updates);

        for (var word = 0; word < Counted.Length; word++)
        {
            for (var bits = Counted[word]; bits != 0; bits &= bits - 1)
            {
                devices.Add(word * 64 + System.Numerics.BitOperations.TrailingZeroCount(bits));
            }
        }

        return devices.ToImmutable();
    }

    private RoundState Count(FoldRegistration registration)
    {
        var counted = Counted.ToBuilder();

        foreach (var device in registration.Devices)
        {
            counted[device / 64] |= 1UL << (device % 64);
        }

        return this with
        {
            Folds = Folds.SetItem(registration.FoldId, new FoldEntry
            {
                Sequence = registration.Sequence + 1,
                Buckets = FoldEntry.Exchange(Folds.GetValueOrDefault(registration.FoldId)?.Buckets ?? [], registration.Buckets),
            }),
            Counted = counted.MoveToImmutable(),
            Updates = Updates + registration.Devices.Length,
        };
    }
}

/// <summary>How far a private round's end is in the ledgers.</summary>
internal enum RoundSettlement
{
    None = 0,

    /// <summary>Some may be charged; all will be.</summary>
    Charging = 1,

    /// <summary>Everybody is charged or refunded.</summary>
    Settled = 2,
}

/// <summary>The row of the plan: written once.</summary>
[GenerateSerializer, Immutable, Alias("octomil.round-plan-state")]
internal sealed record RoundPlanState
{
    [Id(0)] public RoundPlan? Plan { get; init; }
}
