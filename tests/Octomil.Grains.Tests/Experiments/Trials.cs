using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>An experiment of 1.0.0 and 2.0.0, as tests need it.</summary>
internal static class Trials
{
    public const string Id = "exp_0123456789abcdef";

    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public static readonly ExperimentOrder Order = new()
    {
        Name = "trial",
        ModelId = "mdl_00000001",
        Control = new ExperimentVariant { Name = "control", Version = "1.0.0", BasisPoints = 5000 },
        Treatment = new ExperimentVariant { Name = "treatment", Version = "2.0.0", BasisPoints = 5000 },
        MinSampleSize = 20,
        ConfidenceLevel = 0.95,
        PrimaryMetric = ExperimentMetric.Accuracy,
        ExpectedEffect = 0.05,
    };

    public static ExperimentState Draft(ExperimentOrder? order = null) =>
        new ExperimentState().Create("org_00000001", order ?? Order, ("model", Version("1.0.0"), Version("2.0.0")), Noon);

    public static ExperimentLayer Layer(string id = Id, int traffic = RolloutShare.All, int treatment = 5000, string? group = null) => new()
    {
        ExperimentId = id,
        Name = "trial",
        Control = new ExperimentArm { Name = "control", Version = Version("1.0.0"), BasisPoints = RolloutShare.All - treatment },
        Treatment = new ExperimentArm { Name = "treatment", Version = Version("2.0.0"), BasisPoints = treatment },
        TrafficBasisPoints = traffic,
        Group = group,
    };

    public static DeployedVersion Version(string version) => new() { Version = version, Sha256 = $"sha-{version}", Bytes = 1 };

    public static IEnumerable<string> Devices(int count) => Enumerable.Range(0, count).Select(index => $"dev_{index}");
}
