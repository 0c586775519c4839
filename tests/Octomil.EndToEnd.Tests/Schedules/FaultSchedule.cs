using System.Collections.Immutable;

namespace Octomil.EndToEnd.Schedules;

/// <summary>
/// The faults of one run, and its strategy: a function of the seed. What happens to silos happens one after the other, the next when all
/// silos are active again; what happens to what they share happens at the same time.
/// </summary>
internal sealed record FaultSchedule(int Seed, string Strategy, ImmutableArray<FaultStep> OfSilos, ImmutableArray<FaultStep> OfOthers)
{
    public const int Silos = 3;
    public const int Rounds = 10;

    private static readonly FaultKind[] _ofSilos = [FaultKind.Kill, FaultKind.KillTwo, FaultKind.Freeze, FaultKind.Isolate, FaultKind.CutPair];

    private static readonly FaultKind[] _ofOthers =
    [
        FaultKind.DatabaseFast, FaultKind.DatabaseImmediate, FaultKind.BucketUnavailable, FaultKind.BucketSlow, FaultKind.DiskFull, FaultKind.SharedDiskFull,
    ];

    private static readonly string[] _strategies = ["fedavg", "fedbuff", "fedadam"];

    public IEnumerable<FaultStep> Steps => OfSilos.Concat(OfOthers);

    public static FaultSchedule Of(int seed)
    {
        var random = new Random(seed);
        return new FaultSchedule(
            seed,
            _strategies[seed % _strategies.Length],
            Draw(random, _ofSilos, [(1, 4), (6, 8)], (1, 9)),
            Draw(random, _ofOthers, [(1, 3), (4, 6), (7, 9)], (1, 4)));
    }

    public override string ToString() => $"seed {Seed}, {Strategy}: {string.Join("; ", Steps.OrderBy(step => step.Round))}";

    // For each part of the run another kind.
    private static ImmutableArray<FaultStep> Draw(Random random, FaultKind[] kinds, (int From, int To)[] parts, (double Least, double Most) seconds)
    {
        var order = kinds.ToArray();
        random.Shuffle(order);
        return
        [
            .. parts.Select((part, index) =>
            {
                var silo = random.Next(Silos);
                return new FaultStep(
                    order[index],
                    random.Next(part.From, part.To + 1),
                    TimeSpan.FromMilliseconds(random.Next(1200)),
                    TimeSpan.FromSeconds(Math.Round(seconds.Least + (random.NextDouble() * (seconds.Most - seconds.Least)), 1)),
                    silo,
                    (silo + 1 + random.Next(Silos - 1)) % Silos);
            }),
        ];
    }
}
