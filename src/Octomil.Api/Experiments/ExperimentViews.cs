using System.Globalization;
using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>Experiments and their results as they are answered.</summary>
internal static class ExperimentViews
{
    public static ExperimentResponse Of(ExperimentSnapshot experiment) => new()
    {
        Id = experiment.Id,
        Name = experiment.Order.Name,
        ModelId = experiment.Order.ModelId,
        Model = experiment.ModelName,
        Description = experiment.Order.Description,
        Status = StatusOf(experiment.Status),
        TrafficPercentage = Percentages.OfBasisPoints(experiment.Order.TrafficBasisPoints),
        MinSampleSize = experiment.Order.MinSampleSize,
        ConfidenceLevel = experiment.Order.ConfidenceLevel,
        PrimaryMetric = ExperimentOrders.NameOf(experiment.Order.PrimaryMetric),
        ExpectedEffect = experiment.Order.ExpectedEffect,
        Group = experiment.Order.Group,
        Variants = [Variant(experiment.Order.Control, isControl: true), Variant(experiment.Order.Treatment, isControl: false)],
        CreatedAt = experiment.CreatedAt,
        StartedAt = experiment.StartedAt,
        EndedAt = experiment.EndedAt,
        Reason = experiment.Reason,
        Promoted = experiment.Promoted,
    };

    public static ExperimentAnalyticsResponse Of(ExperimentAnalytics analytics)
    {
        var (experiment, order) = (analytics.Experiment, analytics.Experiment.Order);
        return new ExperimentAnalyticsResponse
        {
            ExperimentId = experiment.Id,
            Name = order.Name,
            Status = StatusOf(experiment.Status),
            PrimaryMetric = ExperimentOrders.NameOf(order.PrimaryMetric),
            ConfidenceLevel = order.ConfidenceLevel,
            MinSampleSize = order.MinSampleSize,
            Variants = [Variant(order, order.Control, analytics.Variants[0]), Variant(order, order.Treatment, analytics.Variants[1])],
            Difference = analytics.Comparison?.Difference,
            DifferenceLow = analytics.Comparison?.Low,
            DifferenceHigh = analytics.Comparison?.High,
            PValue = analytics.Comparison?.PValue,
            Significant = analytics.Verdict is ExperimentVerdict.TreatmentBetter or ExperimentVerdict.ControlBetter,
            Winner = WinnerOf(analytics)?.Name,
            Verdict = VerdictOf(analytics),
            Warning = analytics.SplitIsOff
                ? "The arms have heard from numbers of devices that their split does not explain: an arm may lose devices, which makes the comparison unfair. Look at the errors, and at the devices that report nothing."
                : null,
        };
    }

    public static AssignedVariantResponse Assigned(ExperimentSnapshot experiment, ExperimentArm arm, string deviceId) => new()
    {
        ExperimentId = experiment.Id,
        DeviceId = deviceId,
        Name = arm.Name,
        ModelVersion = arm.Version.Version,
        TrafficAllocation = Percentages.OfBasisPoints(arm.BasisPoints),
        IsControl = arm == experiment.Layer.Control,
    };

    public static string StatusOf(ExperimentStatus status) => status switch
    {
        ExperimentStatus.Draft => ExperimentStatuses.Draft,
        ExperimentStatus.Running => ExperimentStatuses.Running,
        ExperimentStatus.Paused => ExperimentStatuses.Paused,
        ExperimentStatus.Completed => ExperimentStatuses.Completed,
        ExperimentStatus.Cancelled => ExperimentStatuses.Cancelled,
        _ => throw new InvalidOperationException($"No name for {status}."),
    };

    private static ExperimentVariantMessage Variant(ExperimentVariant variant, bool isControl) => new()
    {
        Name = variant.Name,
        ModelVersion = variant.Version,
        TrafficAllocation = Percentages.OfBasisPoints(variant.BasisPoints),
        IsControl = isControl,
    };

    private static VariantAnalytics Variant(ExperimentOrder order, ExperimentVariant variant, VariantObservations heard) => new()
    {
        Name = variant.Name,
        ModelVersion = variant.Version,
        IsControl = variant == order.Control,
        Devices = heard.Devices,
        SampleSize = heard.Of(order.PrimaryMetric).Devices,
        Accuracy = MeanOf(heard.Accuracy),
        Loss = MeanOf(heard.Loss),
        LatencyMs = MeanOf(heard.Latency),
        ErrorRate = MeanOf(heard.ErrorRate),
    };

    private static double? MeanOf(MetricMoments moments) => moments.Devices > 0 ? moments.Mean : null;

    private static ExperimentVariant? WinnerOf(ExperimentAnalytics analytics) => analytics.Verdict switch
    {
        ExperimentVerdict.TreatmentBetter => analytics.Experiment.Order.Treatment,
        ExperimentVerdict.ControlBetter => analytics.Experiment.Order.Control,
        _ => null,
    };

    private static string VerdictOf(ExperimentAnalytics analytics)
    {
        var order = analytics.Experiment.Order;
        var metric = ExperimentOrders.NameOf(order.PrimaryMetric);
        if (analytics.Verdict is ExperimentVerdict.TooFewDevices)
        {
            var fewest = analytics.Variants.MinBy(variant => variant.Of(order.PrimaryMetric).Devices)!;
            return $"Too early to say: {fewest.Variant} has {metric} of {fewest.Of(order.PrimaryMetric).Devices} of the {order.MinSampleSize} devices that it needs.";
        }

        var found = analytics.Comparison!;
        var level = string.Create(CultureInfo.InvariantCulture, $"{100 * order.ConfidenceLevel:0.##}%");
        return WinnerOf(analytics) is { } winner
            ? string.Create(CultureInfo.InvariantCulture, $"{winner.Name} ({winner.Version}) is better: its {metric} is {(winner == order.Treatment ? found.Difference : -found.Difference):+0.####;-0.####} from the other's, and at {level} confidence the difference is not chance.")
            : $"No difference shown so far: at {level} confidence it may be on either side of 0.";
    }
}
