using Octomil.Storage;

namespace Octomil.Training;

internal static class InputScaling
{
    public const int FewestDevices = 2;
    public static RoundOutcome Merge(RoundPlan plan, IReadOnlyList<DeviceStatistics> statistics) => throw new NotSupportedException();
    public sealed record A { public bool Scaled { get; init; } = true; }
    public static A Parse(string json) => new();
    public sealed record R(WeightsRef Weights, string ArchitectureJson);
    public static Task<R> ApplyAsync(IPayloadStore payloads, string runId, WeightsRef weights, string json, RoundOutcome outcome) => throw new NotSupportedException();
}
