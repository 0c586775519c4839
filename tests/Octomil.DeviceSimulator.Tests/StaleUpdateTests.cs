using Octomil.DeviceSimulator.Histories;
using Octomil.DeviceSimulator.Updates;
using Octomil.Learning.Weights;
using Octomil.Training;
using Xunit;

namespace Octomil.DeviceSimulator.Tests;

/// <summary>
/// A history of an asynchronous run: two devices count in the first round, and a third one's update, sent to that round, comes late and counts
/// in the second, one round behind. The weights are summed here in the plainest way.
/// </summary>
public sealed class StaleUpdateTests
{
    private const long Seed = 5;
    private const string First = "rnd_1";
    private const string Second = "rnd_2";
    private const string Late = "dev_c";

    private static readonly string[] Prompt = ["dev_a", "dev_b"];

    [Fact]
    public async Task Check_OfALateUpdateThatCountsInALaterRound_MakesTheSameWeights()
    {
        var (history, file) = await CreateAsync();

        var verdict = HistoryChecker.Check(history, file);

        Assert.Empty(verdict.Violations);
        Assert.Empty(verdict.Unverified);
        Assert.Equal((5, 2, 2), (verdict.Acknowledged, verdict.PublishedRounds, verdict.RecomputedRounds));
    }

    [Fact]
    public async Task Check_OfAnUpdateThatCountsInTwoRounds_Fails() => await FailsAsync(
        (First, round => round with { Updates = 3, Organizations = [round.Organizations[0] with { Updates = 3 }], Devices = [.. round.Devices.Select(device => device with { Counted = true })] }),
        $"The update of {Late} to round {First} counts in 2 published rounds");

    [Fact]
    public async Task Check_OfALateUpdateThatDidNotCount_Fails() => await FailsAsync(
        (Second, round => round with { Updates = 2, Organizations = [round.Organizations[0] with { Updates = 2 }], Devices = [.. round.Devices.Where(device => device.DeviceId != Late)] }),
        $"Round {First} acknowledged an update of {Late} and did not count it");

    [Fact]
    public async Task Check_OfAnUpdateThatIsTakenForNewerThanItIs_Fails() => await FailsAsync(
        (Second, round => ChangeLate(round, late => late with { Staleness = 0 })), "for 0 rounds behind");

    [Fact]
    public async Task Check_OfAnUpdateThatIsTakenForOneOfAnotherBase_Fails() => await FailsAsync(
        (Second, round => ChangeLate(round, late => late with { BaseSha256 = round.BaseSha256 })), $"takes the update of {Late} for one of");

    [Fact]
    public async Task Check_OfAnUpdateThatIsTooFarBehind_Fails() => await FailsAsync(
        (Second, round => round with { Strategy = Strategy(maxStaleness: 0) }), "at most 0 are allowed");

    private static async Task FailsAsync((string Round, Func<RoundContributionsResponse, RoundContributionsResponse> Change) damage, string violation)
    {
        var (history, file) = await CreateAsync();
        var index = history.FindIndex(happened => happened.Contributions?.RoundId == damage.Round);
        history[index] = history[index] with { Contributions = damage.Change(history[index].Contributions!) };

        Assert.Contains(HistoryChecker.Check(history, file).Violations, said => said.Contains(violation, StringComparison.Ordinal));
    }

    private static RoundContributionsResponse ChangeLate(RoundContributionsResponse round, Func<DeviceContributionResponse, DeviceContributionResponse> change) =>
        round with { Devices = [.. round.Devices.Select(device => device.DeviceId == Late ? change(device) : device)] };

    private static async Task<(List<HistoryEvent> History, byte[] BaseFile)> CreateAsync()
    {
        float[] weights = [0.5f, -1, 2, 0];
        var (file, sha) = await FileAsync(weights);
        var (_, firstSha) = await FileAsync(weights = Next(weights, [.. Prompt.Select(device => (device, sha, 1.0))]));
        var (_, lastSha) = await FileAsync(Next(weights, [.. Prompt.Select(device => (device, firstSha, 1.0)), (Late, sha, 1 / Math.Sqrt(2))]));
        return (
        [
            new HistoryEvent { Kind = HistoryKinds.Start, Seed = Seed },
            .. Prompt.Append(Late).SelectMany(device => Sending(First, device, sha)), .. Prompt.SelectMany(device => Sending(Second, device, firstSha)),
            Facts(First, 1, sha, firstSha, [.. Prompt.Select(device => Part(device, First, sha)), Part(Late, First, sha) with { Counted = false }]),
            Facts(Second, 2, firstSha, lastSha, [.. Prompt.Select(device => Part(device, Second, firstSha)), Part(Late, First, sha) with { Staleness = 1 }]),
        ], file);
    }

    private static IEnumerable<HistoryEvent> Sending(string round, string device, string sha) =>
    [
        new() { Kind = HistoryKinds.Sent, RoundId = round, Device = device, BaseSha256 = sha },
        SampleHistory.Acknowledged(round, device, sha),
    ];

    private static HistoryEvent Facts(string id, int number, string sha, string made, DeviceContributionResponse[] devices) => new()
    {
        Kind = HistoryKinds.Round,
        Contributions = new RoundContributionsResponse
        {
            RoundId = id,
            SessionId = "run_1",
            RoundNumber = number,
            Kind = RoundKinds.Train,
            Status = "published",
            Strategy = Strategy(maxStaleness: 20),
            Limits = new LimitsMessage { MaxMagnitude = 1024, MaxSampleCount = 65536 },
            BaseSha256 = sha,
            WeightsSha256 = made,
            Selected = devices.Length,
            Updates = devices.Count(device => device.Counted),
            Organizations = [new RoundOrganizationResponse { OrgId = "org_1", Selected = devices.Length, Updates = devices.Count(device => device.Counted) }],
            Devices = devices,
        },
    };

    private static RoundStrategyResponse Strategy(int maxStaleness) => new()
    {
        Name = "fedbuff",
        Params = new Dictionary<string, string> { ["buffer"] = "2", ["max_staleness"] = maxStaleness.ToString(System.Globalization.CultureInfo.InvariantCulture), ["server_lr"] = "1" },
    };

    private static DeviceContributionResponse Part(string device, string round, string sha) =>
        new() { DeviceId = device, Counted = true, BaseRoundId = round, BaseSha256 = sha, Staleness = 0 };

    // x + sum(f_i * d_i) / n: sample counts do not matter.
    private static float[] Next(float[] weights, (string Device, string Base, double Factor)[] updates)
    {
        var next = weights.Select(weight => (double)weight).ToArray();
        foreach (var (device, sha, factor) in updates)
        {
            var difference = new float[weights.Length];
            SeededUpdate.Of(Seed, device, sha).Fill(difference);
            for (var i = 0; i < next.Length; i++)
            {
                next[i] += difference[i] * factor / updates.Length;
            }
        }

        return Array.ConvertAll(next, value => (float)value);
    }

    private static async Task<(byte[] File, string Sha256)> FileAsync(float[] values)
    {
        using var file = new MemoryStream();
        await ModelWeights.Create(WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [values.Length])]), values).SaveAsync(file, null, CancellationToken.None);
        return (file.ToArray(), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.ToArray())));
    }
}
