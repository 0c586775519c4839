using Octomil.Deployments;
using Octomil.Models;

namespace Octomil.Experiments;

/// <summary>What a request asks for, checked.</summary>
internal static class ExperimentOrders
{
    private static readonly Dictionary<string, (ExperimentMetric Metric, double Effect)> _metrics = new(StringComparer.Ordinal)
    {
        [ExperimentMetrics.Accuracy] = (ExperimentMetric.Accuracy, 0.05),
        [ExperimentMetrics.Loss] = (ExperimentMetric.Loss, 0.1),
        [ExperimentMetrics.Latency] = (ExperimentMetric.Latency, 20),
        [ExperimentMetrics.ErrorRate] = (ExperimentMetric.ErrorRate, 0.02),
        [ExperimentMetrics.Conversion] = (ExperimentMetric.Accuracy, 0.05),
    };

    public static string NameOf(ExperimentMetric metric) => _metrics.First(known => known.Value.Metric == metric).Key;

    public static FieldChecks Check(CreateExperimentRequest request)
    {
        var checks = new FieldChecks().Name("name", request.Name).Text("description", request.Description)
            .Require(request.ModelId is { Length: > 0 and <= 64 }, "model_id", "must be the id or name of a model")
            .Require(request.Group is null or { Length: > 0 and <= 64 }, "group", "must be the name of a device group")
            .Percentage("traffic_percentage", request.TrafficPercentage, above: true)
            .Range("min_sample_size", request.MinSampleSize, 10, 1_000_000)
            .Require(request.ConfidenceLevel is null or (>= 0.5 and <= 0.999), "confidence_level", "must be from 0.5 to 0.999, such as 0.95")
            .Require(request.PrimaryMetric is null || _metrics.ContainsKey(request.PrimaryMetric), "primary_metric", "must be one of accuracy, loss, latency, error_rate")
            .Require(request.ExpectedEffect is null or (> 0 and <= 1e9), "expected_effect", "must be a number above 0, in the metric's own unit")
            .Require(
                request.Variants is { Count: 2 } && request.Variants.All(variant => variant is not null) && request.Variants.Count(variant => variant.IsControl) == 1,
                "variants", "must be two, of which one has is_control true");
        return checks.Refusal is null ? Check(checks, request.Variants) : checks;
    }

    /// <summary>The order of a request that was checked.</summary>
    public static ExperimentOrder Of(CreateExperimentRequest request, ModelSnapshot model)
    {
        var (metric, effect) = _metrics[request.PrimaryMetric ?? ExperimentMetrics.Accuracy];
        return new ExperimentOrder
        {
            Name = request.Name,
            ModelId = model.Id,
            Control = Variant(request.Variants.Single(variant => variant.IsControl)),
            Treatment = Variant(request.Variants.Single(variant => !variant.IsControl)),
            TrafficBasisPoints = Percentages.ToBasisPoints(request.TrafficPercentage) ?? RolloutShare.All,
            MinSampleSize = request.MinSampleSize ?? 100,
            ConfidenceLevel = request.ConfidenceLevel ?? 0.95,
            PrimaryMetric = metric,
            ExpectedEffect = request.ExpectedEffect ?? effect,
            Group = request.Group,
            Description = request.Description,
        };
    }

    private static FieldChecks Check(FieldChecks checks, IReadOnlyList<ExperimentVariantMessage> variants)
    {
        for (var index = 0; index < variants.Count; index++)
        {
            var (variant, field) = (variants[index], $"variants[{index}]");
            checks.Name($"{field}.name", variant.Name)
                .Require(variant.ModelVersion is { Length: <= 64 } && SemanticVersion.IsValid(variant.ModelVersion), $"{field}.model_version", "must be a version of the model, such as 2.0.0")
                .Percentage($"{field}.traffic_allocation", variant.TrafficAllocation)
                .Require(variant.TrafficAllocation is >= 1 and <= 99, $"{field}.traffic_allocation", "must be from 1 to 99 percent: an arm without devices compares nothing");
        }

        return checks
            .Require(variants[0].Name != variants[1].Name, "variants", "must have two names")
            .Require(variants[0].ModelVersion != variants[1].ModelVersion, "variants", "must have two versions: a version compared with itself says nothing")
            .Require(Math.Abs(variants[0].TrafficAllocation + variants[1].TrafficAllocation - 100) < 1e-6, "variants", "must have traffic_allocation that adds up to 100");
    }

    private static ExperimentVariant Variant(ExperimentVariantMessage variant) => new()
    {
        Name = variant.Name,
        Version = variant.ModelVersion,
        BasisPoints = Percentages.ToBasisPoints(variant.TrafficAllocation)!.Value,
    };
}
