using Xunit;
using static Octomil.Training.Plans;

namespace Octomil.Training;

/// <summary>The row of a round when a membership ends. Even devices are of the first organization, odd ones of the second.</summary>
public sealed class RoundExclusionTests
{
    private const string Stays = "org_00000001";
    private const string Leaves = "org_00000002";

    private readonly RoundPlan _plan = Of(devices: 6, min: 2);

    [Fact]
    public void Register_OfAnExcludedOrganization_IsRefusedByName()
    {
        var (state, decision) = Open(_plan).Exclude(Leaves, _plan);

        var (next, result) = state.Register(Registration("a", 0, "one", 0, 1, 3), _plan);

        Assert.Equal((ExcludeDecision.Excluded, RegisterDecision.Refused), (decision, result.Decision));
        Assert.Equal([1, 3], result.Excluded);
        Assert.Empty(result.CountedBefore);
        Assert.Same(state, next);
    }

    [Fact]
    public void Register_RepeatedAfterTheExclusion_GetsItsAnswer()
    {
        var (counted, _) = Open(_plan).Register(Registration("a", 0, "one", 0), _plan);
        var (excluded, _) = counted.Exclude(Leaves, _plan);

        Assert.Equal(RegisterDecision.Counted, excluded.Register(Registration("a", 0, "one", 0), _plan).Result.Decision);
        Assert.Equal(RegisterDecision.Counted, excluded.Register(Registration("a", 1, "two", 2), _plan).Result.Decision);
    }

    [Fact]
    public void Exclude_BeforeAnythingOfItCounts_LetsTheRoundGoOnWithTheOthers()
    {
        var (excluded, _) = Open(_plan).Exclude(Leaves, _plan);

        Assert.Null(excluded.ReasonToStartAgain(_plan));
        Assert.Equal(3, excluded.DevicesThatMayAnswer(_plan));
        Assert.False(excluded.HasReached(_plan));
        Assert.True(excluded.Register(Registration("a", 0, "one", 0, 2, 4), _plan).Next.HasReached(_plan));
    }

    [Fact]
    public void Exclude_OfWhatIsInTheSums_StartsAgain()
    {
        var (counted, _) = Open(_plan).Register(Registration("a", 0, "one", 0, 1), _plan);
        var (excluded, _) = counted.Exclude(Leaves, _plan);

        Assert.Contains(Leaves, excluded.ReasonToStartAgain(_plan), StringComparison.Ordinal);
        Assert.Equal(1, excluded.UpdatesThatEnter(_plan));
    }

    [Fact]
    public void Exclude_OfWhatIsInSumsOfItsOwn_GoesOnAndLeavesThemOut()
    {
        var plan = InBuckets(_plan);
        var (counted, _) = Open(plan).Register(Registration("a", 0, "one", 0, 1) with { Buckets = [Bucket(0, "a0"), Bucket(1, "b0")] }, plan);
        var (excluded, _) = counted.Exclude(Leaves, plan);

        Assert.Null(excluded.ReasonToStartAgain(plan));
        Assert.Equal(1, excluded.UpdatesThatEnter(plan));
        Assert.Equal([1], excluded.ToSeal(plan).Excluded);
        Assert.Equal(2, excluded.ToSeal(plan).Checkpoints.Count);
        Assert.NotNull((excluded with { }).ReasonToStartAgain(plan with { Buckets = 2, BucketsByOrganization = false }));
    }

    [Fact]
    public void Exclude_OfSoManyThatTooFewAreLeft_StartsAgain()
    {
        var plan = Of(devices: 6, min: 4);

        Assert.NotNull(Open(plan).Exclude(Leaves, plan).Next.ReasonToStartAgain(plan));
    }

    [Fact]
    public void Exclude_AfterSealingBegan_IsTooLate()
    {
        var sealing = Open(_plan).BeginSealing();

        var (next, decision) = sealing.Exclude(Leaves, _plan);

        Assert.Equal(ExcludeDecision.TooLate, decision);
        Assert.Same(sealing, next);
    }

    [Fact]
    public void Exclude_AgainOrOfAStranger_ChangesNothing()
    {
        var (once, _) = Open(_plan).Exclude(Leaves, _plan);

        Assert.Same(once, once.Exclude(Leaves, _plan).Next);
        Assert.Equal(ExcludeDecision.NotInRound, once.Exclude("org_00000003", _plan).Decision);
        Assert.Equal(2, once.Exclude(Stays, _plan).Next.Excluded.Count);
    }

    [Fact]
    public void Run_WhoseAttemptIsGivenUpForAnExclusion_HasNotFailed()
    {
        var run = new RunState { Phase = RunPhase.InProgress, Stage = RunStage.Training, OpenRound = _plan.RoundId, FailedAttempts = 2 };
        var outcome = new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Abandoned, Reason = "why", ForExclusion = true };

        var closed = run.Close(outcome, attempts: 3);

        Assert.Equal((RunPhase.InProgress, 2, "why"), (closed.Phase, closed.FailedAttempts, closed.Reason));
        Assert.Equal(RunPhase.Paused, run.Close(outcome with { ForExclusion = false }, attempts: 3).Phase);
    }
}
