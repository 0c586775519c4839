using Xunit;

namespace Octomil.Deployments;

public sealed class RollbackPolicyTests
{
    private static readonly RollbackPolicy Policy = new()
    {
        ErrorThreshold = 0.05,
        CrashThreshold = 0.01,
        LatencyP95Milliseconds = 100,
        MinimumSample = 20,
        Window = TimeSpan.FromMinutes(10),
        Cooldown = TimeSpan.FromMinutes(30),
    };

    // Computed apart, in Python, with the quantile from statistics.NormalDist().inv_cdf(0.999).
    [Theory]
    [InlineData(1, 2, 0.045348247071958496)]
    [InlineData(10, 100, 0.03967810269786072)]
    [InlineData(300, 1000, 0.25728228985714224)]
    [InlineData(0, 50, 0.0)]
    public void Lower_IsWilsonsBound(int hits, int count, double expected) => Assert.Equal(expected, WilsonBound.Lower(hits, count), 9);

    [Theory]
    [InlineData(2, 1, false)]
    [InlineData(20, 3, false)]
    [InlineData(20, 10, true)]
    [InlineData(1000, 60, false)]
    [InlineData(1000, 80, true)]
    [InlineData(100_000, 5_300, true)]
    [InlineData(100_000, 5_000, false)]
    public void Judge_OfErrors_WaitsUntilChanceIsRuledOut(int inferences, int errors, bool bad) =>
        Assert.Equal(bad, Policy.Judge(new VersionCounts { Inferences = inferences, Errors = errors }) is not null);

    [Fact]
    public void Judge_OfCrashes_HasAThresholdOfItsOwn()
    {
        Assert.Contains("crash rate 4 %", Policy.Judge(new VersionCounts { Inferences = 1000, Crashes = 40 })!, StringComparison.Ordinal);
        Assert.Null(Policy.Judge(new VersionCounts { Inferences = 1000, Crashes = 10 }));
    }

    [Fact]
    public void Judge_OfLatency_CountsWhatIsSurelySlower()
    {
        Assert.Null(Policy.Judge(Timed(fast: 1000, slow: 50)));
        Assert.Contains("95th percentile", Policy.Judge(Timed(fast: 1000, slow: 100))!, StringComparison.Ordinal);

        // The limit cuts through the bucket from 100 to 200 ms: who is in there may be fast enough.
        Assert.Null((Policy with { LatencyP95Milliseconds = 150 }).Judge(Timed(fast: 0, slow: 1000)));
    }

    [Fact]
    public void Judge_WhenTurnedOff_SaysNothing() =>
        Assert.Null((Policy with { Enabled = false }).Judge(new VersionCounts { Inferences = 1000, Errors = 1000 }));

    [Fact]
    public void Window_ForgetsWhatIsOld_AndKeepsVersionsApart()
    {
        var window = new HealthWindow(TimeSpan.FromMinutes(10));
        var noon = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        window.Add(Counted("1.0.0", 7), noon);
        window.Add(Counted("2.0.0", 5), noon);
        window.Add(Counted("2.0.0", 3), noon.AddMinutes(6));

        Assert.Equal(8, window.Of("2.0.0", noon.AddMinutes(6)).Inferences);
        Assert.Equal(3, window.Of("2.0.0", noon.AddMinutes(11)).Inferences);
        Assert.Equal(0, window.Of("1.0.0", noon.AddMinutes(11)).Inferences);
        window.Forget("2.0.0");
        Assert.Equal(0, window.Of("2.0.0", noon.AddMinutes(11)).Inferences);
    }

    [Fact]
    public void Window_OfManyVersions_IsBounded()
    {
        var window = new HealthWindow(TimeSpan.FromMinutes(10));
        for (var i = 0; i < 1000; i++)
        {
            window.Add(Counted($"1.{i}.0", 1), DateTimeOffset.UnixEpoch);
        }

        window.Add(Counted("2.0.0", 5), DateTimeOffset.UnixEpoch, watched: true);

        Assert.Equal(16, window.All(DateTimeOffset.UnixEpoch).Count);
        Assert.Equal(5, window.Of("2.0.0", DateTimeOffset.UnixEpoch).Inferences);
    }

    private static CountedVersion Counted(string version, int inferences) => new() { Version = version, Counts = new VersionCounts { Inferences = inferences } };

    // Fast: at most 1 ms. Slow: from 100 to 200 ms.
    private static VersionCounts Timed(int fast, int slow)
    {
        var latency = new long[VersionCounts.LatencyBuckets];
        (latency[0], latency[7]) = (fast, slow);
        return new VersionCounts { Inferences = fast + slow, Latency = [.. latency] };
    }
}
