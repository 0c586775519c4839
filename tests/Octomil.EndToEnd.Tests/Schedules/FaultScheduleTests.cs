using System.Globalization;
using Xunit;

namespace Octomil.EndToEnd.Schedules;

/// <summary>
/// Schedules of faults that are drawn from seeds, on a real cluster: three seeds always, <c>scripts/test --long</c> runs two dozen, and
/// the environment variable <c>OCTOMIL_FAULT_SEEDS</c> names others, such as "7 12".
/// </summary>
[Collection(AloneTests.Name)]
public sealed class FaultScheduleTests
{
    // Together they have every kind of fault, and every strategy.
    private static readonly int[] _always = [4, 5, 6];
    private static readonly int[] _long = [.. Enumerable.Range(1, 24)];

    // One cluster serves so many seeds, one after the other: what each leaves is what the next begins with.
    private const int OnOneCluster = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Seeds => new(Chosen().Chunk(OnOneCluster).Select(seeds => string.Join(' ', seeds)));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Runs_WithTheFaultsOfTheseSeeds_LoseNothingAndCountNothingTwice(string seeds)
    {
        await using var cluster = await FaultCluster.StartAsync(Cancellation);
        var weights = new List<string>();

        foreach (var seed in seeds.Split(' '))
        {
            var schedule = FaultSchedule.Of(int.Parse(seed, CultureInfo.InvariantCulture));
            Say($"{schedule}");
            weights.AddRange(await new SeededRun(cluster, schedule, Say).RunAsync(Cancellation));
        }

        await cluster.CollectAsync(weights.Distinct(), Cancellation);
    }

    [Fact]
    public void Schedule_OfASeed_IsAlwaysTheSame()
    {
        var seeds = Enumerable.Range(0, 100).ToArray();
        Assert.Equal(seeds.Select(seed => $"{FaultSchedule.Of(seed)}"), seeds.Select(seed => $"{FaultSchedule.Of(seed)}"));
        Assert.Equal(seeds.Length, seeds.Select(seed => $"{FaultSchedule.Of(seed)}").Distinct().Count());
    }

    [Fact]
    public void Schedules_OfTheSeedsThatAlwaysRun_HaveEveryFaultAndStrategy()
    {
        var schedules = _always.Select(FaultSchedule.Of).ToArray();
        Assert.Equal(Enum.GetValues<FaultKind>(), schedules.SelectMany(schedule => schedule.Steps).Select(step => step.Kind).Distinct().Order());
        Assert.Equal(3, schedules.Select(schedule => schedule.Strategy).Distinct().Count());
    }

    private static IEnumerable<int> Chosen() => Environment.GetEnvironmentVariable("OCTOMIL_FAULT_SEEDS") is { Length: > 0 } named
        ? named.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(seed => int.Parse(seed, CultureInfo.InvariantCulture))
        : Environment.GetEnvironmentVariable("OCTOMIL_TEST_LONG") == "1" ? _long : _always;

    private static void Say(string what) => TestContext.Current.TestOutputHelper!.WriteLine(what);
}
