using Xunit;

namespace Octomil.Training;

/// <summary>The end of a private round, in its row: sealed, charging, settled, published.</summary>
public sealed class RoundSettlementTests
{
    private static readonly RoundPlan Private = Plans.Of(devices: 2) with { Privacy = new RoundPrivacy { Clip = 1, NoiseMultiplier = 1 } };

    private static readonly RoundOutcome Result = new() { RoundId = Private.RoundId, Phase = RoundPhase.Sealed };

    private static readonly RoundOutcome GivenUp = Result with { Phase = RoundPhase.Abandoned };

    [Fact]
    public void Outcome_OfAPrivateRound_IsSeenOnlyAfterItIsPaidFor()
    {
        var sealedRound = Plans.Open(Private).BeginSealing().Seal(Result);

        Assert.Null(sealedRound.VisibleOutcome(Private));
        Assert.Null(sealedRound.BeginCharging().VisibleOutcome(Private));
        Assert.Same(Result, sealedRound.BeginCharging().Settle().VisibleOutcome(Private));
        Assert.Same(Result, sealedRound.VisibleOutcome(Plans.Of(devices: 2)));
    }

    [Fact]
    public void Abandon_OfAPrivateRound_IsPossibleUntilItIsCharged()
    {
        var sealedRound = Plans.Open(Private).BeginSealing().Seal(Result);

        Assert.Equal(RoundPhase.Abandoned, sealedRound.Abandon(GivenUp, isPrivate: true).Phase);
        Assert.Same(sealedRound, sealedRound.Abandon(GivenUp));
        var charging = sealedRound.BeginCharging();
        Assert.Same(charging, charging.Abandon(GivenUp, isPrivate: true));
    }

    [Fact]
    public void BeginCharging_OfARoundThatIsNotSealed_ChangesNothing()
    {
        var open = Plans.Open(Private);

        Assert.Same(open, open.BeginCharging());
        var abandoned = open.Abandon(GivenUp, isPrivate: true);
        Assert.Same(abandoned, abandoned.BeginCharging());
    }
}
