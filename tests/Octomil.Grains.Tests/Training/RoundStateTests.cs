using Xunit;
using static Octomil.Training.Plans;

namespace Octomil.Training;

public sealed class RoundStateTests
{
    private readonly RoundPlan _plan = Of(devices: 70);

    [Fact]
    public void Register_OfABatch_CountsEachDevice()
    {
        var (state, result) = Open(_plan).Register(Registration("a", 0, "one", 0, 3, 69), _plan);

        Assert.Equal(RegisterDecision.Counted, result.Decision);
        Assert.Equal([0, 3, 69], state.CountedDevices());
        Assert.Equal(3, state.Updates);
        Assert.Equal(1, state.Folds["a"].Sequence);
    }

    [Fact]
    public void Register_OfTheSameAgain_AnswersTheSameAndChangesNothing()
    {
        var (once, _) = Open(_plan).Register(Registration("a", 0, "one", 0, 3), _plan);

        var (twice, result) = once.Register(Registration("a", 0, "one", 0, 3), _plan);

        Assert.Equal(RegisterDecision.Counted, result.Decision);
        Assert.Same(once, twice);
    }

    [Theory]
    [InlineData(RoundPhase.Sealing)]
    [InlineData(RoundPhase.Sealed)]
    public void Register_OfTheSameAgainAfterTheRoundClosed_AnswersTheSame(RoundPhase phase)
    {
        var (once, _) = Open(_plan).Register(Registration("a", 0, "one", 0, 3), _plan);

        var (next, result) = (once with { Phase = phase }).Register(Registration("a", 0, "one", 0, 3), _plan);

        Assert.Equal(RegisterDecision.Counted, result.Decision);
        Assert.Equal(once.Updates, next.Updates);
    }

    [Fact]
    public void Register_WithADeviceThatIsCounted_RefusesTheBatchAndNamesIt()
    {
        var (once, _) = Open(_plan).Register(Registration("a", 0, "one", 0, 3), _plan);

        var (next, result) = once.Register(Registration("b", 0, "two", 3, 4), _plan);

        Assert.Equal(RegisterDecision.Refused, result.Decision);
        Assert.Equal([3], result.CountedBefore);
        Assert.Same(once, next);
    }

    [Fact]
    public void Register_WithADeviceOutsideTheCohort_RefusesTheBatchAndNamesIt()
    {
        var (_, result) = Open(_plan).Register(Registration("a", 0, "one", 1, 70, -1), _plan);

        Assert.Equal(RegisterDecision.Refused, result.Decision);
        Assert.Equal([70, -1], result.NotSelected);
        Assert.Empty(result.CountedBefore);
    }

    [Fact]
    public void Register_ByAFoldThatIsBehind_GetsWhatTheRowHas()
    {
        var (once, _) = Open(_plan).Register(Registration("a", 0, "one", 0), _plan);

        var (next, result) = once.Register(Registration("a", 0, "other", 1), _plan);

        Assert.Equal(RegisterDecision.Behind, result.Decision);
        Assert.Equal((1, "one"), (result.Sequence, Assert.Single(result.Buckets).Checkpoint.Name));
        Assert.Equal([0], result.Counted);
        Assert.Same(once, next);
    }

    [Fact]
    public void Register_OfSomeBuckets_KeepsWhatTheRowHasOfTheOthers()
    {
        var (first, _) = Open(_plan).Register(Registration("a", 0, "one", 0) with { Buckets = [Bucket(0, "a0"), Bucket(1, "b0")] }, _plan);

        var (second, result) = first.Register(Registration("a", 1, "two", 1) with { Buckets = [Bucket(1, "b1")] }, _plan);

        Assert.Equal(RegisterDecision.Counted, result.Decision);
        Assert.Equal([(0, "a0"), (1, "b1")], second.Folds["a"].Buckets.Select(bucket => (bucket.Bucket, bucket.Checkpoint.Name)));
    }

    [Fact]
    public void Register_OfTheSameBucketsAgain_IsTheSame_AndOfOthersIsBehind()
    {
        var registration = Registration("a", 0, "one", 0) with { Buckets = [Bucket(1, "b0"), Bucket(2, "c0")] };
        var (once, _) = Open(_plan).Register(registration, _plan);

        Assert.Equal(RegisterDecision.Counted, once.Register(registration, _plan).Result.Decision);
        Assert.Equal(RegisterDecision.Behind, once.Register(registration with { Buckets = [Bucket(1, "b0"), Bucket(2, "other")] }, _plan).Result.Decision);
    }

    [Fact]
    public void Register_AfterSealingBegan_IsRefused()
    {
        var sealing = Open(_plan).BeginSealing();

        var (next, result) = sealing.Register(Registration("a", 0, "one", 0), _plan);

        Assert.Equal(RegisterDecision.RoundNotOpen, result.Decision);
        Assert.Same(sealing, next);
    }

    [Fact]
    public void Publish_OfASealedRound_ErasesKeyAndReferences()
    {
        var (counted, _) = Open(_plan).Register(Registration("a", 0, "one", 0), _plan);
        var published = counted.BeginSealing().Seal(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Sealed }).Publish();

        Assert.Equal(RoundPhase.Published, published.Phase);
        Assert.Empty(published.WrappedKey);
        Assert.Empty(published.Folds);
        Assert.Equal([0], published.CountedDevices());
    }

    [Fact]
    public void Abandon_OfASealedRound_ChangesNothing()
    {
        var sealedRound = Open(_plan).Seal(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Sealed });

        Assert.Same(sealedRound, sealedRound.Abandon(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Abandoned }));
    }

    /// <summary>A crash between a round's plan and its row leaves this: it is still asked about.</summary>
    [Fact]
    public void Abandon_OfARoundThatWasNeverOpened_LeavesOneThatCountsNobody()
    {
        var abandoned = new RoundState().Abandon(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Abandoned });

        Assert.All(Enumerable.Range(0, 70), device => Assert.False(abandoned.IsCounted(device)));
        Assert.Empty(abandoned.CountedDevices());
        Assert.Equal(RegisterDecision.RoundNotOpen, abandoned.Register(Registration("a", 0, "one", 0, 69), _plan).Result.Decision);
    }

    [Fact]
    public void Abandon_OfAnOpenRound_ErasesTheKey()
    {
        var abandoned = Open(_plan).Abandon(new RoundOutcome { RoundId = _plan.RoundId, Phase = RoundPhase.Abandoned });

        Assert.Empty(abandoned.WrappedKey);
        Assert.Equal(RoundPhase.Abandoned, abandoned.Phase);
    }
}
