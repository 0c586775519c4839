using Octomil.DeviceSimulator.Histories;
using Octomil.Training;
using Xunit;

namespace Octomil.DeviceSimulator.Tests;

public sealed class HistoryCheckerTests
{
    [Fact]
    public async Task Check_OfAHistoryThatHolds_MakesTheSameWeights()
    {
        var history = await SampleHistory.CreateAsync();

        var verdict = history.Check();

        Assert.Empty(verdict.Violations);
        Assert.Empty(verdict.Unverified);
        Assert.Equal((6, 2, 2), (verdict.Acknowledged, verdict.PublishedRounds, verdict.RecomputedRounds));
    }

    [Fact]
    public async Task Check_OfAnAcknowledgedUpdateThatDidNotCount_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.FirstRound, round => Without(round, "dev_a")), "acknowledged an update of dev_a and did not count it");

    [Fact]
    public async Task Check_OfAnAcknowledgedUpdateInARoundThatNobodyKnows_Fails() => await FailsAsync(
        history => history.Events.Add(SampleHistory.Acknowledged("rnd_9", "dev_a", "")), "rnd_9, which the service does not know");

    [Fact]
    public async Task Check_OfAnAcknowledgedUpdateInAnAttemptAbandonedWithoutReason_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.Abandoned, round => round with { Reason = " " }), "abandoned without a reason");

    [Fact]
    public async Task Check_OfAnAcknowledgedUpdateInARoundThatNeverEnds_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.Abandoned, round => round with { Status = "sealing" }), "is sealing for ever");

    [Fact]
    public async Task Check_OfADeviceThatCountsTwice_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.FirstRound, round => round with { Devices = [.. round.Devices, round.Devices[0]] }), "counts dev_a 2 times");

    [Fact]
    public async Task Check_OfADeviceThatCountsAndSentNothing_Fails() => await FailsAsync(
        history => history.Events.RemoveAll(happened => happened.Kind == HistoryKinds.Sent && happened.Device == SampleHistory.Lost && happened.RoundId == SampleHistory.LastRound),
        "counts dev_c, which never sent an update");

    [Fact]
    public async Task Check_OfASecondReceiptForTheSameUpdate_Fails() => await FailsAsync(
        history => history.Events.Add(SampleHistory.Acknowledged(SampleHistory.LastRound, "dev_a", "", "upd_other")), "has two receipts");

    [Fact]
    public async Task Check_OfOneReceiptForTwoUpdates_Fails() => await FailsAsync(
        history => history.Events.Add(SampleHistory.Acknowledged(SampleHistory.LastRound, SampleHistory.Lost, "", $"upd_{SampleHistory.LastRound}_dev_a")), "was given for 2 updates");

    [Fact]
    public async Task Check_OfAnUpdateThatIsMissingInTheWeights_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.LastRound, round => Without(round, SampleHistory.Lost)), "2 counted updates make");

    [Fact]
    public async Task Check_OfOtherSampleCounts_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.LastRound, round => round with { Limits = round.Limits with { MaxSampleCount = 1 } }), "3 counted updates make");

    [Fact]
    public async Task Check_OfARoundThatStartsFromOtherWeights_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.LastRound, round => round with { BaseSha256 = new string('0', 64) }), "does not start from what round 1 made");

    [Fact]
    public async Task Check_OfTwoBasesForOneRound_Fails() => await FailsAsync(
        history => history.Events.Add(history.Events.First(happened => happened.Kind == HistoryKinds.Sent) with { BaseSha256 = new string('0', 64) }), "was offered with two bases");

    [Fact]
    public async Task Check_OfANumberThatIsPublishedTwice_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.Abandoned, round => round with { Status = "published", WeightsSha256 = round.BaseSha256 }), "Number 2 was published twice");

    [Fact]
    public async Task Check_OfANumberThatIsMissing_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.LastRound, round => round with { RoundNumber = 4 }), "After round 1 comes round 4");

    [Fact]
    public async Task Check_OfCountsThatDoNotAddUp_Fails() => await FailsAsync(
        history => history.Change(SampleHistory.FirstRound, round => round with { Organizations = [round.Organizations[0] with { Updates = 2 }] }), "3 updates, and 2 by organization");

    [Fact]
    public async Task Check_OfAVersionWithOtherWeights_Fails() => await FailsAsync(
        history => history.ChangeEnd(end => end with { Versions = [end.Versions![0] with { Sha256 = end.Versions[1].Sha256 }, end.Versions[1]] }), "the last round published");

    [Fact]
    public async Task Check_OfVersionsThatDoNotRise_Fails() => await FailsAsync(
        history => history.ChangeEnd(end => end with { Versions = [.. end.Versions!, SampleHistory.Version("2.0.0", "", 3)] }), "version numbers must rise");

    [Fact]
    public async Task Check_OfARunWhoseVersionIsMissing_Fails() => await FailsAsync(
        history => history.ChangeEnd(end => end with { Versions = [end.Versions![1]] }), "which the model does not have");

    [Fact]
    public async Task Check_OfAHistoryWithoutAnyAcknowledgement_Fails() => await FailsAsync(
        history => history.Events.RemoveAll(happened => happened.Kind == HistoryKinds.Acknowledged), "proves nothing");

    [Fact]
    public async Task Check_WithoutTheBase_SaysThatTheWeightsWereNotChecked()
    {
        var history = await SampleHistory.CreateAsync();

        var verdict = HistoryChecker.Check(history.Events, baseFile: null);

        Assert.Empty(verdict.Violations);
        Assert.Equal(0, verdict.RecomputedRounds);
        Assert.Single(verdict.Unverified);
    }

    [Fact]
    public async Task History_WrittenAndRead_IsTheSame()
    {
        var history = await SampleHistory.CreateAsync();
        var file = Path.GetTempFileName();
        try
        {
            await using (var writer = new HistoryWriter(File.Create(file)))
            {
                history.Events.ForEach(writer.Record);
            }

            var read = await HistoryReader.ReadAsync(file, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

            var verdict = HistoryChecker.Check(read, history.BaseFile);
            Assert.Equal((history.Events.Count, 2), (read.Count, verdict.RecomputedRounds));
            Assert.Empty(verdict.Violations);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static RoundContributionsResponse Without(RoundContributionsResponse round, string device) => round with
    {
        Updates = round.Updates - 1,
        Organizations = [round.Organizations[0] with { Updates = round.Updates - 1 }],
        Devices = [.. round.Devices.Select(one => one.DeviceId == device ? one with { Counted = false } : one)],
    };

    private static async Task FailsAsync(Action<SampleHistory> damage, string violation)
    {
        var history = await SampleHistory.CreateAsync();
        damage(history);

        var verdict = history.Check();

        Assert.Contains(verdict.Violations, said => said.Contains(violation, StringComparison.Ordinal));
    }
}
