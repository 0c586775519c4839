namespace Octomil.Learning.Aggregation;

/// <summary>The statistics of a model's inputs on one device, or on many: by feature, for images by channel (<c>channel.0</c>, ...).</summary>
public sealed class InputStatistics
{
    /// <param name="rows">Rows behind the statistics.</param>
    /// <param name="features">By the name of the number feature or channel; categories have none.</param>
    /// <exception cref="ArgumentException">Rows are below 0, or a feature's numbers are not valid (<see cref="FeatureStatistics.IsValid"/>).</exception>
    public InputStatistics(long rows, IReadOnlyDictionary<string, FeatureStatistics> features)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (features.Values.Any(feature => !feature.IsValid))
        {
            throw new ArgumentException("The statistics of a feature must have a count from 0, a finite mean and a finite m2 from 0.", nameof(features));
        }

        (Rows, Features) = (rows, features);
    }

    /// <summary>Of no rows.</summary>
    public static InputStatistics Empty { get; } = new(0, new Dictionary<string, FeatureStatistics>());

    /// <summary>The name of an image's channel among the features.</summary>
    public static string ChannelName(int channel) => FormattableString.Invariant($"channel.{channel}");

    /// <summary>Rows behind the statistics.</summary>
    public long Rows { get; }

    /// <summary>By the name of the number feature or channel.</summary>
    public IReadOnlyDictionary<string, FeatureStatistics> Features { get; }

    /// <summary>All together, merged one after the other in the given order: the same order gives the same bits.</summary>
    public static InputStatistics Merge(IEnumerable<InputStatistics> parts)
    {
        var rows = 0L;
        var merged = new Dictionary<string, FeatureStatistics>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            rows = checked(rows + part.Rows);
            foreach (var (name, feature) in part.Features)
            {
                merged[name] = merged.GetValueOrDefault(name, FeatureStatistics.Empty).Merge(feature);
            }
        }

        return new InputStatistics(rows, merged);
    }
}
