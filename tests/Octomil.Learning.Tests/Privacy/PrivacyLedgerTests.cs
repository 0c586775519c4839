using CsCheck;
using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class PrivacyLedgerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PrivacyLimit Limit = new() { Epsilon = 2, Delta = 1e-5 };
    private static readonly PrivacyLedger Fresh = new PrivacyLedger().Open(Limit);
    private static readonly Gen<Command[]> Commands =
        (from kind in Gen.Int[0, 3] from attempt in Gen.Int[0, 11] from noise in Gen.Int[1, 6] from hours in Gen.Int[-1000, 1000]
         select new Command(kind, $"rnd_{attempt}", RoundCost.Of(noise * 2), Noon.AddHours(hours))).Array[0, 60];

    [Fact]
    public void AnySequence_NeverSpendsMoreThanTheBudget() => Commands.Sample(commands =>
    {
        var ledger = Run(Fresh, commands);

        Assert.True(ledger.SpentAndReserved <= Limit.MuSquared * (1 + 1e-12));
        Assert.True(ledger.EpsilonSpent <= Limit.Epsilon * (1 + 1e-9));
        Assert.Empty(ledger.Reserved.Keys.Intersect(ledger.Closed.Keys));
        Assert.Equal(ledger.Spent, ledger.Closed.Values.Where(entry => entry.Committed).Sum(entry => entry.Cost), 1e-12);
        Assert.Equal(ledger.Participations, ledger.Closed.Values.Count(entry => entry.Committed));
    });

    [Fact]
    public void AnyCommand_TakenAgain_ChangesNothing() => Commands.Where(commands => commands.Length > 0).Sample(commands =>
    {
        var ledger = Run(Fresh, commands[..^1]);
        var (once, first) = commands[^1].Take(ledger);
        var (twice, second) = commands[^1].Take(once);

        Assert.Same(once, twice);
        Assert.Equal(first is LedgerDecision.Done ? LedgerDecision.DoneBefore : first, second);
    });

    [Fact]
    public void TheClock_DecidesNothing() => Gen.Select(Commands, Gen.Int[-100_000, 100_000].Array[60]).Sample(sample =>
    {
        var (commands, hours) = sample;
        var ledger = Fresh;
        var other = Fresh;
        foreach (var (i, command) in commands.Index())
        {
            (ledger, var decision) = command.Take(ledger);
            (other, var otherDecision) = (command with { Now = Noon.AddHours(hours[i]) }).Take(other);

            Assert.Equal(decision, otherDecision);
        }

        Assert.Equal((ledger.Spent, ledger.Participations, ledger.SpentAndReserved), (other.Spent, other.Participations, other.SpentAndReserved));
        Assert.Equal(ledger.Reserved.AsEnumerable(), other.Reserved);
    });

    [Fact]
    public void AttemptsThatRaceForTheLastRound_AreWonByExactlyOne() => Gen.Select(Gen.Int[0, 20], Gen.Int[2, 8], Gen.Shuffle(Enumerable.Range(0, 8).ToArray())).Sample(sample =>
    {
        var (spent, racers, order) = sample;
        var cost = RoundCost.Of(10);
        var ledger = new PrivacyLedger().Open(Limit with { Epsilon = GaussianPrivacy.Epsilon(Math.Sqrt((spent + 1) * cost), Limit.Delta) });
        for (var round = 0; round < spent; round++)
        {
            ledger = Commit(Reserve(ledger, $"old_{round}", cost), $"old_{round}");
        }

        var decisions = order.Where(racer => racer < racers).Select(racer =>
        {
            (ledger, var decision) = ledger.Reserve($"new_{racer}", cost);
            return decision;
        }).ToList();

        Assert.Equal(LedgerDecision.Done, decisions[0]);
        Assert.All(decisions.Skip(1), decision => Assert.Equal(LedgerDecision.BudgetExhausted, decision));
    });

    [Fact]
    public void Open_Again_KeepsWhatWasSpent()
    {
        var ledger = Commit(Reserve(Fresh, "rnd_1", 0.1), "rnd_1");

        Assert.Same(ledger, ledger.Open(Limit with { Epsilon = 100 }));
    }

    [Fact]
    public void Reserve_OfARefundedAttempt_IsRefusedAlsoWhereTheRefundCameFirst()
    {
        var (refunded, decision) = Fresh.Refund("rnd_1", Noon);
        var (next, late) = refunded.Reserve("rnd_1", 0.1);

        Assert.Equal((LedgerDecision.Done, LedgerDecision.AttemptClosed), (decision, late));
        Assert.Equal(0, next.SpentAndReserved);
        Assert.Equal(LedgerDecision.RefundedAlready, next.Commit("rnd_1", Noon).Decision);
    }

    [Fact]
    public void Reserve_OfAnotherAmountUnderTheSameId_IsRefused() =>
        Assert.Equal(LedgerDecision.AmountDiffers, Reserve(Fresh, "rnd_1", 0.1).Reserve("rnd_1", 0.11).Decision);

    [Fact]
    public void Reserve_WithoutNoise_NeverFits() =>
        Assert.Equal(LedgerDecision.BudgetExhausted, Fresh.Reserve("rnd_1", RoundCost.Of(0)).Decision);

    [Fact]
    public void SetLimit_BelowWhatIsReserved_LetsItStandAndTakesNoMore()
    {
        var (lowered, _) = Reserve(Fresh, "rnd_1", 0.2).SetLimit(Limit with { Epsilon = 0.5 });

        Assert.Equal(LedgerDecision.BudgetExhausted, lowered.Reserve("rnd_2", 1e-6).Decision);
        Assert.Equal(LedgerDecision.Done, lowered.Commit("rnd_1", Noon).Decision);
        Assert.Equal(LedgerDecision.Done, lowered.SetLimit(Limit).Next.Reserve("rnd_2", 0.01).Decision);
    }

    [Fact]
    public void SetLimit_OfAnotherDelta_NeedsANewEpoch()
    {
        var ledger = Commit(Reserve(Fresh, "rnd_1", 0.2), "rnd_1");
        var newLimit = new PrivacyLimit { Epsilon = 1, Delta = 1e-6 };

        Assert.Equal(LedgerDecision.DeltaIsFixed, ledger.SetLimit(newLimit).Decision);
        var (next, decision) = ledger.BeginEpoch(newLimit, "ada@acme", "the scanner was replaced; its images are new", Noon);

        Assert.Equal((LedgerDecision.Done, 2, 0.0, 0), (decision, next.Epoch, next.Spent, next.Participations));
        Assert.Equal((0.2, 1, Limit), (next.PastEpochs[0].Spent, next.PastEpochs[0].Participations, next.PastEpochs[0].Limit));
        Assert.Equal(LedgerDecision.AttemptClosed, next.Reserve("rnd_1", 0.01).Decision);
    }

    [Fact]
    public void BeginEpoch_WithReservationsOpenOrWithoutAReason_IsRefused()
    {
        Assert.Equal(LedgerDecision.ReservationsOpen, Reserve(Fresh, "rnd_1", 0.1).BeginEpoch(Limit, "ada@acme", "new data", Noon).Decision);
        Assert.Contains("needs the name", Assert.Throws<PrivacyException>(() => Fresh.BeginEpoch(Limit, "ada@acme", " ", Noon)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADevice_TakesPartAsOftenAsItMay()
    {
        var device = new PrivacyLedger().Open(Limit with { MaxParticipations = 2 });
        device = Reserve(Commit(Reserve(device, "rnd_1", 0.01), "rnd_1"), "rnd_2", 0.01);

        Assert.False(device.CanReserve(0.01));
        Assert.Equal(LedgerDecision.ParticipationsExhausted, device.Reserve("rnd_3", 0.01).Decision);
        Assert.Equal(LedgerDecision.Done, device.Refund("rnd_2", Noon).Next.Reserve("rnd_3", 0.01).Decision);
    }

    [Fact]
    public void AnOrganization_HasSpentWhatItsMostExposedDeviceHas() => Gen.Double[0.001, 0.01].Array[0, 8].Array[1, 12].Sample(costs =>
    {
        var devices = costs.Select(paid => paid.Index().Aggregate(Fresh, (ledger, item) => Commit(Reserve(ledger, $"rnd_{item.Index}", item.Item), $"rnd_{item.Index}"))).ToList();

        var exposure = devices.Aggregate(new DeviceExposure(), (sum, device) => sum.Observe(device));

        Assert.Equal(devices.Max(device => device.EpsilonSpent), exposure.Epsilon(Limit.Delta));
        Assert.Equal(devices.Max(device => device.Participations), exposure.MostParticipations);
        Assert.All(devices, device => Assert.Same(exposure, exposure.Observe(device)));
    });

    [Theory]
    [InlineData(-1, 1e-5, null, 0, "privacy budget")]
    [InlineData(double.PositiveInfinity, 1e-5, null, 0, "privacy budget")]
    [InlineData(1, 0, null, 0, "Delta is 0")]
    [InlineData(1, 1e-3, null, 2000, "one in 2000 devices")]
    [InlineData(1, 1e-5, 0, 0, "at least 1")]
    public void Check_OfALimitOutOfRange_SaysWhatIsWrong(double epsilon, double delta, int? participations, long devices, string expected) => Assert.Contains(
        expected,
        Assert.Throws<PrivacyException>(() => new PrivacyLimit { Epsilon = epsilon, Delta = delta, MaxParticipations = participations }.Check(devices)).Message,
        StringComparison.Ordinal);

    private static PrivacyLedger Run(PrivacyLedger ledger, IEnumerable<Command> commands) => commands.Aggregate(ledger, (state, command) => command.Take(state).Next);

    private static PrivacyLedger Reserve(PrivacyLedger ledger, string attempt, double cost)
    {
        var (next, decision) = ledger.Reserve(attempt, cost);
        Assert.Equal(LedgerDecision.Done, decision);
        return next;
    }

    private static PrivacyLedger Commit(PrivacyLedger ledger, string attempt)
    {
        var (next, decision) = ledger.Commit(attempt, Noon);
        Assert.Equal(LedgerDecision.Done, decision);
        return next;
    }

    private sealed record Command(int Kind, string Attempt, double Cost, DateTimeOffset Now)
    {
        public (PrivacyLedger Next, LedgerDecision Decision) Take(PrivacyLedger ledger) => Kind switch
        {
            0 or 1 => ledger.Reserve(Attempt, Cost),
            2 => ledger.Commit(Attempt, Now),
            _ => ledger.Refund(Attempt, Now),
        };
    }
}
