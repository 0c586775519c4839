using CsCheck;
using Xunit;

namespace Octomil;

public sealed class FairSharesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(10);

    private readonly FairShares _shares = new(16, Claim);

    [Fact]
    public void TryTake_Alone_LeavesAnEighthForWhoeverComesNext()
    {
        Assert.Equal(14, Fill("a"));
        Assert.Equal(2, Fill("b"));
    }

    [Fact]
    public void TryTake_WhileAnotherWaits_StopsAtTheShare()
    {
        _shares.Wait("b");

        Assert.Equal(8, Fill("a"));

        _shares.StopWaiting("b");
        Assert.Equal(6, Fill("a"));
    }

    [Fact]
    public void TryTake_AfterAnotherWasTurnedAway_KeepsItsShareForAWhile()
    {
        Fill("a");
        Fill("b");
        _shares.TurnedAway("b", Noon);
        _shares.Return("a", 3);

        Assert.False(_shares.TryTake("a", 1, Noon + Claim - TimeSpan.FromTicks(1)));
        Assert.True(_shares.TryTake("b", 1, Noon));
        Assert.True(_shares.TryTake("a", 1, Noon + Claim));
    }

    [Fact]
    public void TryTake_OfMoreThanAShare_WorksOnceAtATime()
    {
        _shares.Wait("b");

        Assert.True(_shares.TryTake("a", 12, Noon));
        Assert.False(_shares.TryTake("a", 1, Noon));
        Assert.False(_shares.TryTake("b", 12, Noon));
    }

    [Fact]
    public void TryTake_OfLargeParts_LeavesNothingThatNobodyCouldUse()
    {
        Assert.True(_shares.TryTake("a", 8, Noon));
        Assert.True(_shares.TryTake("a", 8, Noon));
    }

    [Fact]
    public void TryTake_OfMoreThanEverything_WorksWhereNothingIsTaken()
    {
        Assert.True(_shares.TryTake("a", 100, Noon));
        Assert.False(_shares.TryTake("b", 1, Noon));

        _shares.Return("a", 100);
        Assert.True(_shares.TryTake("b", 1, Noon));
        Assert.False(_shares.TryTake("a", 100, Noon));
    }

    [Fact]
    public void Shares_UnderAnySequence_AreNeverOverTheCapacityAndNeverUnfair() =>
        Gen.Select(Gen.Int[0, 3], Gen.Long[1, 9], Gen.Int[0, 4]).Array[1, 200].Sample(steps =>
        {
            var shares = new FairShares(32, Claim);
            var held = new Dictionary<string, List<long>>();
            var now = Noon;

            foreach (var (who, amount, action) in steps)
            {
                var organization = $"org_{who}";
                var mine = held.TryGetValue(organization, out var list) ? list : held[organization] = [];
                now += TimeSpan.FromSeconds(1);
                if (action == 0 && mine.Count > 0)
                {
                    shares.Return(organization, mine[^1]);
                    mine.RemoveAt(mine.Count - 1);
                }
                else if (action == 1)
                {
                    shares.TurnedAway(organization, now);
                }
                else if (shares.TryTake(organization, amount, now))
                {
                    mine.Add(amount);
                    Assert.True(mine.Sum() <= 28 || amount > 4 || mine.Count == 1, "One organization took what is kept for others.");
                }

                Assert.Equal(held.Values.Sum(all => all.Sum()), shares.Taken);
                Assert.InRange(shares.Taken, 0, 32);
            }
        });

    private int Fill(string organization)
    {
        var count = 0;
        while (_shares.TryTake(organization, 1, Noon))
        {
            count++;
        }

        return count;
    }
}
