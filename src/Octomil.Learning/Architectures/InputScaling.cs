using Octomil.Learning.Aggregation;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Architectures;

/// <summary>The elements of <c>input.mean</c> and <c>input.std</c>: x' = (x - mean) / std comes first in every model.</summary>
/// <param name="Mean">One per column, for images one per channel; 0 for one-hot columns.</param>
/// <param name="Deviation">As many; 1 for one-hot columns and for deviations below 1e-6.</param>
public sealed record InputScaling(float[] Mean, float[] Deviation)
{
    private const double LeastDeviation = 1e-6;

    /// <summary>From statistics of the data. A feature without statistics keeps mean 0 and deviation 1.</summary>
    public static InputScaling FromStatistics(Architecture architecture, InputStatistics statistics) => Create(architecture, name =>
        statistics.Features.TryGetValue(name, out var feature) && feature.Count > 0 ? (feature.Mean, feature.Deviation) : (0, 1));

    /// <summary>
    /// From public ranges alone, for runs that may not look at the data's own statistics: the mean is the middle of a range, the deviation
    /// a quarter of its width. An image's channels are bytes / 255, so their range is 0 to 1.
    /// </summary>
    /// <param name="architecture">Of the model.</param>
    /// <param name="missing">The number features without a range; where there are any the result is not of use.</param>
    public static InputScaling FromRanges(Architecture architecture, out IReadOnlyList<string> missing)
    {
        var ranges = architecture.Features.Where(feature => feature.Range is not null)
            .ToDictionary(feature => feature.Name, feature => feature.Range!.Value, StringComparer.Ordinal);
        var absent = new List<string>();
        missing = absent;
        return Create(architecture, name =>
        {
            if (architecture.Image is not null)
            {
                return (0.5, 0.25);
            }

            if (ranges.TryGetValue(name, out var range))
            {
                return ((range.Low / 2) + (range.High / 2), (range.High / 4) - (range.Low / 4));
            }

            absent.Add(name);
            return (0, 1);
        });
    }

    /// <summary>The weights with this scaling. Trained elements are shared.</summary>
    public ModelWeights ApplyTo(ModelWeights weights) => weights.With("input.mean", Mean).With("input.std", Deviation);

    private static InputScaling Create(Architecture architecture, Func<string, (double Mean, double Deviation)> scaleOf)
    {
        var scaling = new InputScaling(new float[architecture.ScaleCount], new float[architecture.ScaleCount]);
        scaling.Deviation.AsSpan().Fill(1);
        for (var i = 0; i < architecture.Image?.Channels; i++)
        {
            scaling.Set(i, scaleOf(InputStatistics.ChannelName(i)));
        }

        foreach (var (i, column) in architecture.Columns.Index())
        {
            if (column.Category is null)
            {
                scaling.Set(i, scaleOf(column.Name));
            }
        }

        return scaling;
    }

    private void Set(int index, (double Mean, double Deviation) scale)
    {
        var (mean, deviation) = ((float)scale.Mean, (float)scale.Deviation);
        if (!float.IsFinite(mean) || !float.IsFinite(deviation))
        {
            // Over the range of float32: such a column cannot be scaled.
            return;
        }

        Mean[index] = mean;
        Deviation[index] = scale.Deviation >= LeastDeviation ? deviation : 1;
    }
}
