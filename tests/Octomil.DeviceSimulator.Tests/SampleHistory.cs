using Octomil.DeviceSimulator.Histories;
using Octomil.DeviceSimulator.Updates;
using Octomil.Learning.Weights;
using Octomil.Models;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Tests;

/// <summary>
/// A history that holds: two published rounds of three devices, an abandoned attempt in between, an update whose answer was lost, and one
/// that was acknowledged twice. The weights are summed here in the plainest way, so that the oracle is not its own witness.
/// </summary>
internal sealed class SampleHistory
{
    public const long Seed = 7;
    public const string FirstRound = "rnd_1";
    public const string Abandoned = "rnd_2";
    public const string LastRound = "rnd_3";
    public const string Lost = "dev_c";

    private const string Session = "run_1";
    private const int Parameters = 5;

    private static readonly string[] Devices = ["dev_a", "dev_b", Lost];

    private SampleHistory(byte[] baseFile, List<HistoryEvent> events) => (BaseFile, Events) = (baseFile, events);

    public byte[] BaseFile { get; }

    public List<HistoryEvent> Events { get; }

    public static async Task<SampleHistory> CreateAsync()
    {
        float[] weights = [0.5f, -1, 2, 0, 3];
        var (file, sha) = await FileAsync(weights);
        var (_, firstSha) = await FileAsync(weights = Next(weights, sha));
        var (_, lastSha) = await FileAsync(Next(weights, firstSha));
        List<HistoryEvent> events =
        [
            new() { Kind = HistoryKinds.Start, Seed = Seed },
            .. Sending(FirstRound, sha), .. Sending(Abandoned, firstSha), .. Sending(LastRound, firstSha),
            Acknowledged(LastRound, "dev_a", firstSha),
            Facts(Round(FirstRound, 1, "published", sha, firstSha)),
            Facts(Round(Abandoned, 2, "abandoned", firstSha, null) with { Reason = "Only 2 of at least 3 updates came before the deadline." }),
            Facts(Round(LastRound, 2, "published", firstSha, lastSha)),
            new()
            {
                Kind = HistoryKinds.End,
                Run = Run(),
                Versions = [Version("2.0.0", lastSha, 2), Version("1.0.0", sha, 1)],
            },
        ];
        return new SampleHistory(file, events);
    }

    public HistoryVerdict Check() => HistoryChecker.Check(Events, BaseFile);

    /// <summary>Changes what the service says of a round.</summary>
    public void Change(string roundId, Func<RoundContributionsResponse, RoundContributionsResponse> change)
    {
        var index = Events.FindIndex(happened => happened.Contributions?.RoundId == roundId);
        Events[index] = Facts(change(Events[index].Contributions!));
    }

    /// <summary>Changes the last line.</summary>
    public void ChangeEnd(Func<HistoryEvent, HistoryEvent> change) => Events[^1] = change(Events[^1]);

    public static HistoryEvent Acknowledged(string round, string device, string sha, string? receipt = null) => new()
    {
        Kind = HistoryKinds.Acknowledged, RoundId = round, Device = device, BaseSha256 = sha, SessionId = Session, UpdateId = receipt ?? $"upd_{round}_{device}",
    };

    public static ModelVersionResponse Version(string version, string sha, int day) =>
        new() { Version = version, Sha256 = sha, CreatedAt = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero) };

    // The answer to the last device was lost in every round.
    private static IEnumerable<HistoryEvent> Sending(string round, string sha) =>
    [
        .. Devices.Select(device => new HistoryEvent { Kind = HistoryKinds.Sent, RoundId = round, Device = device, BaseSha256 = sha, SessionId = Session }),
        .. Devices.Where(device => device != Lost).Select(device => Acknowledged(round, device, sha)),
    ];

    private static HistoryEvent Facts(RoundContributionsResponse round) => new() { Kind = HistoryKinds.Round, Contributions = round };

    private static RoundContributionsResponse Round(string id, int number, string status, string sha, string? made) => new()
    {
        RoundId = id,
        SessionId = Session,
        RoundNumber = number,
        Kind = RoundKinds.Train,
        Status = status,
        Strategy = new RoundStrategyResponse { Name = "fedavg", Params = new Dictionary<string, string>() },
        Limits = new LimitsMessage { MaxMagnitude = 1024, MaxSampleCount = 65536 },
        BaseSha256 = sha,
        WeightsSha256 = made,
        Selected = 4,
        Updates = 3,
        Organizations = [new RoundOrganizationResponse { OrgId = "org_1", Selected = 4, Updates = 3 }],
        Devices =
        [
            .. Devices.Select(device => Part(device, counted: true, id, sha)),
            Part("dev_d", counted: false, id, sha),
        ],
    };

    private static DeviceContributionResponse Part(string device, bool counted, string round, string sha) =>
        new() { DeviceId = device, Counted = counted, BaseRoundId = round, BaseSha256 = sha, Staleness = 0 };

    private static TrainingStatusResponse Run() => new()
    {
        SessionId = Session,
        ModelId = "mdl_1",
        Model = "model",
        Status = "COMPLETED",
        Strategy = "fedavg",
        CurrentRound = 2,
        TotalRounds = 2,
        ActiveDevices = 4,
        NewVersion = "2.0.0",
        EndedAt = DateTimeOffset.UnixEpoch,
        Contributions = [],
    };

    // In exact arithmetic the mean is sum(n_i * d_i) / sum(n_i); seeded values are multiples of 2^-30, so decimal loses nothing.
    private static float[] Next(float[] weights, string sha)
    {
        var updates = Devices.Select(device => SeededUpdate.Of(Seed, device, sha)).ToList();
        var samples = updates.Sum(update => update.SampleCount);
        var values = updates.ConvertAll(update =>
        {
            var difference = new float[Parameters];
            update.Fill(difference);
            return difference;
        });
        return [.. weights.Select((weight, i) =>
        {
            var sum = updates.Zip(values).Sum(pair => (decimal)(double)pair.Second[i] * pair.First.SampleCount);
            return (float)(weight + ((double)sum / samples));
        })];
    }

    private static async Task<(byte[] File, string Sha256)> FileAsync(float[] values)
    {
        using var file = new MemoryStream();
        var layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [3]), new TensorSpec("b", TensorType.F32, [2])]);
        await ModelWeights.Create(layout, values).SaveAsync(file, null, CancellationToken.None);
        return (file.ToArray(), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file.ToArray())));
    }
}
