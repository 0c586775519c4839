using CsCheck;
using Octomil.Learning.Privacy;
using Xunit;

namespace Octomil.Organizations;

public sealed class PolicyStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly PolicyState Eight = new PolicyState().Change(new SettingsChange { PrivacyBudget = 8 }).Next;

    [Fact]
    public void Reserve_WithoutABudget_IsRefused() =>
        Assert.Equal(PrivacyAdmission.NoBudget, new PolicyState().Reserve(Release("rnd_1", 1)).Admission);

    [Fact]
    public void Reserve_OfTheLastRoundByTwo_AdmitsOne()
    {
        var cost = Eight.Ledger.Limit!.MuSquared / 1.5;
        var (once, first) = Eight.Reserve(Release("rnd_1", cost));
        var (twice, second) = once.Reserve(Release("rnd_2", cost));

        Assert.Equal((PrivacyAdmission.Admitted, PrivacyAdmission.BudgetExhausted), (first, second));
        Assert.Same(once, twice);
        Assert.Equal(PrivacyAdmission.Admitted, once.Reserve(Release("rnd_1", cost)).Admission);
    }

    [Fact]
    public void Change_ToALowerBudget_KeepsWhatIsSpentAndHeldAndAdmitsNothingMore()
    {
        var state = Eight.Reserve(Release("rnd_1", 1)).Next.Commit("rnd_1", Noon).Next.Reserve(Release("rnd_2", 1)).Next;

        var (lower, decision) = state.Change(new SettingsChange { PrivacyBudget = 1 });

        Assert.Equal(SettingsDecision.Done, decision);
        Assert.Equal(PrivacyAdmission.BudgetExhausted, lower.CanReserve(0.001));
        Assert.Equal((PrivacySettlement.Done, 2.0), (lower.Commit("rnd_2", Noon).Settlement, lower.Commit("rnd_2", Noon).Next.Ledger.Spent));
        Assert.Equal(PrivacyAdmission.Admitted, lower.Change(new SettingsChange { PrivacyBudget = 9 }).Next.CanReserve(0.5));
    }

    [Fact]
    public void Change_OfDeltaOrGranularity_NeedsANewEpochThatHasAReason()
    {
        var spent = Eight.Reserve(Release("rnd_1", 1)).Next.Commit("rnd_1", Noon).Next;

        Assert.Equal(SettingsDecision.FixedInEpoch, spent.Change(new SettingsChange { Delta = 1e-6 }).Decision);
        Assert.Equal(SettingsDecision.FixedInEpoch, spent.Change(new SettingsChange { Granularity = PrivacyGranularity.Device }).Decision);
        var epoch = new NewPrivacyEpoch { PrivacyBudget = 2, Delta = 1e-6, Granularity = PrivacyGranularity.Organization, By = "key_1", Reason = "" };
        Assert.Throws<PrivacyException>(() => spent.BeginEpoch(epoch, spent.ToSnapshot(), Noon));

        var next = spent.BeginEpoch(epoch with { Reason = "Patients of 2027." }, spent.ToSnapshot(), Noon).Next;
        Assert.Equal((2, 0.0), (next.Ledger.Epoch, next.Ledger.Spent));
        Assert.Equal("Patients of 2027.", Assert.Single(next.ToSnapshot().PastEpochs).Reason);
        Assert.Equal(PrivacyAdmission.AttemptClosed, next.Reserve(Release("rnd_1", 1)).Admission);
    }

    [Fact]
    public void Commit_WithAClockThatWentBack_ChangesNothingOfTheLedger()
    {
        var state = Eight.Reserve(Release("rnd_1", 1)).Next.Commit("rnd_1", Noon).Next.Reserve(Release("rnd_2", 0.5)).Next;

        var back = state.Commit("rnd_2", Noon.AddYears(-20)).Next;

        Assert.Equal(1.5, back.Ledger.Spent);
        Assert.Equal(["rnd_2", "rnd_1"], back.Lines().Select(line => line.Release.Attempt));
    }

    [Fact]
    public void Archive_OfManyRounds_TakesTheOldestAndLosesNone()
    {
        var state = Eight;
        for (var i = 0; i < 2 * PolicyState.PageLength; i++)
        {
            Assert.Null(state.Archive());
            state = state.Reserve(Release($"rnd_{i}", 1e-6)).Next.Commit($"rnd_{i}", Noon).Next;
        }

        var (next, page) = Assert.NotNull(state.Archive());

        Assert.Equal(Enumerable.Range(0, PolicyState.PageLength).Select(i => $"rnd_{i}"), page.Select(line => line.Release.Attempt));
        Assert.Equal(PolicyState.PageLength, next.Lines().Count());
        Assert.Equal(state.Ledger.Spent, next.Ledger.Spent);
        Assert.Equal(state.Ledger.EpsilonSpent, next.Lines().First().EpsilonAfter!.Value, 1e-9);
    }

    [Fact]
    public void Snapshot_SaysBothAccountants_AndTheSecondIsAbove()
    {
        var state = Eight;
        for (var i = 0; i < 100; i++)
        {
            state = state.Reserve(Release($"rnd_{i}", 0.01)).Next.Commit($"rnd_{i}", Noon).Next;
        }

        var snapshot = state.ToSnapshot();
        var releases = new RenyiAccountant();
        releases.AddGaussian(10, 100);

        Assert.Equal(4.377, snapshot.Epsilon, 1e-3);
        Assert.Equal(releases.Epsilon(1e-5), snapshot.RenyiEpsilon, 1e-9);
        Assert.InRange(snapshot.RenyiEpsilon, snapshot.Epsilon, snapshot.Epsilon * 1.2);
    }

    [Fact]
    public void Commands_InAnyOrderAndRepeated_ChargeOnceWhatWasCommittedAndHoldOnlyWhatIsOpen()
    {
        var attempts = Gen.Int[0, 5];
        var command = Gen.Select(Gen.Int[0, 2], attempts);

        command.Array[0, 60].Sample(commands =>
        {
            var state = Eight;
            var (open, charged, closed) = (new HashSet<int>(), new HashSet<int>(), new HashSet<int>());

            foreach (var (kind, attempt) in commands)
            {
                var id = $"rnd_{attempt}";
                switch (kind)
                {
                    case 0:
                        (state, var admission) = state.Reserve(Release(id, 0.6));
                        var fits = open.Contains(attempt) || (!closed.Contains(attempt) && (open.Count + charged.Count + 1) * 0.6 <= state.Ledger.Limit!.MuSquared);
                        Assert.Equal(fits, admission is PrivacyAdmission.Admitted);
                        if (fits)
                        {
                            open.Add(attempt);
                        }

                        break;
                    case 1:
                        (state, var committed) = state.Commit(id, Noon);
                        Assert.Equal(open.Contains(attempt) || charged.Contains(attempt), committed is PrivacySettlement.Done);
                        if (open.Remove(attempt))
                        {
                            charged.Add(attempt);
                            closed.Add(attempt);
                        }

                        break;
                    default:
                        (state, var refunded) = state.Refund(id, Noon);
                        Assert.Equal(!charged.Contains(attempt), refunded is PrivacySettlement.Done);
                        if (!charged.Contains(attempt))
                        {
                            open.Remove(attempt);
                            closed.Add(attempt);
                        }

                        break;
                }

                Assert.Equal(0.6 * charged.Count, state.Ledger.Spent, 1e-9);
                Assert.Equal(0.6 * (charged.Count + open.Count), state.Ledger.SpentAndReserved, 1e-9);
            }
        });
    }

    private static PrivacyRelease Release(string attempt, double cost) =>
        new() { Attempt = attempt, RunId = "run_1", RoundNumber = 1, ModelName = "m", Cost = cost };
}
