using Octomil.Learning.Aggregation;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Architectures;

/// <summary>The elements of <c>input.mean</c> and <c>input.std</c>: x' = (x - mean) / std comes first in every model.</summary>
/// <param name="Mean">One per column, for images one per channel; 0 for one-hot columns.</param>
/// <param name="Deviation">As many; 1 for one-hot columns and for deviations below 1e-6.</param>
public sealed record InputScaling(float[] Mean, float[] Deviation)
{
    private const double LeastDeviation = 1e-6;

    // A uniform spread over a range has a deviation of 0.29 widths; data crowds in the middle.
    private const double DeviationOfRange = 0.25;

    /// <summary>From statistics of the data. A feature without statistics keeps mean 0 and deviation 1.</summary>
    public static InputScaling FromStatistics(Architecture architecture, InputStatistics statistics) => Create(architecture, name =>
        statistics.Features.TryGetValue(name, out var feature) && feature.Count > 0 ? (feature.Mean, feature.Deviation) : (0, 1));

    /// <summary>From public ranges, for private runs: the middle, and a quarter of the width. Images are in 0 .. 1.</summary>
    /// <exception cref="ArchitectureException">A number feature has no range.</exception>
    public static InputScaling FromRanges(Architecture architecture)
    {
        var ranges = architecture.Features.ToDictionary(feature => feature.Name, feature => feature.Range, StringComparer.Ordinal);
        return Create(architecture, name =>
        {
            var range = architecture.Image is not null
                ? new FeatureRange(0, 1)
                : ranges[name] ?? throw new ArchitectureException($"features: {name}", "given a public 'range': a private run has nothing else to scale it by");
            return ((range.Low / 2) + (range.High / 2), (range.High - range.Low) * DeviationOfRange);
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
