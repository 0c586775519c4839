using Octomil.Learning.Aggregation;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>
/// The common scale of inputs. A run over a model that is not scaled begins with a round in which devices give count, mean and
/// spread of their features; merged, they become <c>input.mean</c> and <c>input.std</c> of the first base.
/// </summary>
internal static class RunScaling
{
    /// <summary>Statistics of one device alone would be that device's.</summary>
    public const int FewestDevices = 2;

    public static bool IsNeeded(string? architectureJson) => architectureJson is not null && !Architecture.Parse(architectureJson).Scaled;

    public static bool IsValid(DeviceStatistics statistics) => statistics.Rows >= 0
        && statistics.Features.Values.All(feature => new FeatureStatistics(feature.Count, feature.Mean, feature.M2).IsValid);

    /// <summary>Merges in the order of the cohort, so that the same answers give the same bits.</summary>
    public static RoundOutcome Merge(RoundPlan plan, IEnumerable<DeviceStatistics> devices)
    {
        var merged = InputStatistics.Merge(devices.Select(device => new InputStatistics(
            device.Rows, device.Features.ToDictionary(pair => pair.Key, pair => new FeatureStatistics(pair.Value.Count, pair.Value.Mean, pair.Value.M2)))));
        var scaling = InputScaling.FromStatistics(Architecture.Parse(plan.ArchitectureJson!), merged);

        return new RoundOutcome
        {
            RoundId = plan.RoundId, Phase = RoundPhase.Sealed, InputMean = [.. scaling.Mean], InputDeviation = [.. scaling.Deviation],
        };
    }

    /// <summary>Number features of which a private run cannot know the scale: those without a public range.</summary>
    public static IReadOnlyList<string> WithoutRange(string architectureJson)
    {
        InputScaling.FromRanges(Architecture.Parse(architectureJson), out var missing);
        return missing;
    }

    /// <summary>The same by public ranges, for a private run: statistics of the data would be a release of their own.</summary>
    public static Task<(WeightsRef Weights, string ArchitectureJson)> ApplyRangesAsync(
        IPayloadStore payloads, string runId, WeightsRef weights, string architectureJson) =>
        ApplyAsync(payloads, runId, weights, architectureJson, InputScaling.FromRanges(Architecture.Parse(architectureJson), out _));

    /// <summary>The base with the scale in it, and the architecture that says so.</summary>
    public static Task<(WeightsRef Weights, string ArchitectureJson)> ApplyAsync(
        IPayloadStore payloads, string runId, WeightsRef weights, string architectureJson, RoundOutcome outcome) =>
        ApplyAsync(payloads, runId, weights, architectureJson, new InputScaling([.. outcome.InputMean], [.. outcome.InputDeviation]));

    private static async Task<(WeightsRef Weights, string ArchitectureJson)> ApplyAsync(
        IPayloadStore payloads, string runId, WeightsRef weights, string architectureJson, InputScaling scaling)
    {
        await using var stream = await payloads.OpenWeightsAsync(weights, CancellationToken.None);
        var model = await ModelWeights.LoadAsync(stream, CancellationToken.None);
        var scaled = scaling.ApplyTo(model);

        return (
            await payloads.SaveWeightsAsync(runId, (output, cancellation) => scaled.SaveAsync(output, metadata: null, cancellation), CancellationToken.None),
            (Architecture.Parse(architectureJson) with { Scaled = true }).ToJson());
    }
}
