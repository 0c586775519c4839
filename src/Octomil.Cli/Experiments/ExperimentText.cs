using System.Globalization;

namespace Octomil.Experiments;

/// <summary>An experiment and its results in words.</summary>
internal static class ExperimentText
{
    public static IEnumerable<string> Lines(ExperimentResponse experiment)
    {
        yield return $"Experiment: {Printable.Text(experiment.Name)} over {Printable.Text(experiment.Model)} ({Printable.Text(experiment.Id)})";
        yield return $"Status: {Printable.Text(experiment.Status)}    Traffic: {Percentage(experiment.TrafficPercentage)} of {(experiment.Group is { } group ? $"the group {Printable.Text(group)}" : "your devices")}";
        foreach (var variant in experiment.Variants)
        {
            yield return $"  {Printable.Text(variant.Name)}: {Printable.Text(variant.ModelVersion)} on {Percentage(variant.TrafficAllocation)} of them";
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Decides by: {Printable.Text(experiment.PrimaryMetric)}, at {100 * experiment.ConfidenceLevel:0.##}% confidence, from {experiment.MinSampleSize} devices an arm");
        if (experiment.Promoted is { } promoted)
        {
            yield return $"Promoted: {Printable.Text(promoted)}";
        }

        if (experiment.Reason is { } reason)
        {
            yield return $"Reason: {Printable.Text(reason)}";
        }
    }

    public static IEnumerable<string> Lines(ExperimentAnalyticsResponse results)
    {
        yield return $"Experiment: {Printable.Text(results.Name)}    Status: {Printable.Text(results.Status)}";
        var table = TextTable.WithHeader("VARIANT", "VERSION", ">DEVICES", ">SAMPLE", ">ACCURACY", ">LOSS", ">LATENCY", ">ERRORS");
        foreach (var variant in results.Variants)
        {
            table.Add(
                variant.Name, variant.ModelVersion, Whole(variant.Devices), Whole(variant.SampleSize), Printable.Number(variant.Accuracy, "0.0000"),
                Printable.Number(variant.Loss, "0.0000"), Printable.Number(variant.LatencyMs, "0.0 ms"), Printable.Number(100 * variant.ErrorRate, "0.00") is var errors and not "-" ? $"{errors}%" : "-");
        }

        foreach (var line in table.Lines())
        {
            yield return line;
        }

        if (results is { Difference: { } difference, DifferenceLow: { } low, DifferenceHigh: { } high, PValue: { } pValue })
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Difference in {Printable.Text(results.PrimaryMetric)}: {difference:+0.0000;-0.0000;0} ({100 * results.ConfidenceLevel:0.##}% interval {low:+0.0000;-0.0000;0} to {high:+0.0000;-0.0000;0}), p = {pValue:0.0000}, however often you look");
        }

        yield return $"Verdict: {Printable.Text(results.Verdict)}";
        if (results.Warning is { } warning)
        {
            yield return $"Warning: {Printable.Text(warning)}";
        }
    }

    public static string Percentage(double percentage) => string.Create(CultureInfo.InvariantCulture, $"{percentage:0.##}%");

    private static string Whole(long count) => count.ToString(CultureInfo.InvariantCulture);
}
