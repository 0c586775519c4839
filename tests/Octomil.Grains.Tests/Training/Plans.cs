
namespace Octomil.Training;

/// <summary>Plans and registrations for tests.</summary>
internal static class Plans
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static RoundPlan Of(int devices, int? target = null, int min = 1, string roundId = "rnd_0123456789abcdef") => new()
    {
        RoundId = roundId,
        RunId = "run_0123456789abcdef",
        RoundNumber = 1,
        Kind = RoundKind.Train,
        ModelId = "mdl_12345678",
        ModelName = "radiology-v1",
        BaseVersion = "1.0.0",
        Base = new WeightsRef { Sha256 = new string('a', 64), Bytes = 100 },
        Devices = [.. Enumerable.Range(0, devices).Select(DeviceId)],
        Organizations = ["org_00000001", "org_00000002"],
        OrganizationOfDevice = [.. Enumerable.Range(0, devices).Select(index => index % 2)],
        Strategy = "fedavg",
        Training = new LocalTraining(),
        TargetUpdates = target ?? devices,
        MinUpdates = min,
        Deadline = Noon + TimeSpan.FromMinutes(10),
        MaxMagnitude = 1024,
        MaxSampleCount = 65536,
    };

    public static string DeviceId(int index) => $"dev_{index:x16}";

    public static CheckpointRef Checkpoint(string name) => new() { RoundId = "rnd_0123456789abcdef", Name = name, Bytes = 8, Checksum = 1 };

    public static FoldRegistration Registration(string fold, long sequence, string checkpoint, params int[] devices) => new()
    {
        FoldId = fold, Sequence = sequence, Buckets = [Bucket(0, checkpoint)], Devices = [.. devices],
    };

    public static BucketCheckpoint Bucket(int bucket, string checkpoint) => new() { Bucket = bucket, Checkpoint = Checkpoint(checkpoint) };

    /// <summary>The plan with sums for each of its two organizations: devices with even numbers, and with odd ones.</summary>
    public static RoundPlan InBuckets(RoundPlan plan) => plan with { Buckets = plan.Organizations.Length, BucketsByOrganization = true };

    public static RoundState Open(RoundPlan plan) => new RoundState().Open(plan, [1, 2, 3]);
}
