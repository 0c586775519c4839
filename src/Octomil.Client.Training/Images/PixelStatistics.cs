using Octomil.Learning.Aggregation;

namespace Octomil.Client.Training.Images;

/// <summary>Statistics of pixels by channel, exact: sums of bytes and of their squares are whole numbers.</summary>
internal static class PixelStatistics
{
    public static IReadOnlyDictionary<string, FeatureStatistics> Of(PixelBuffer pixels, ImageSize shape)
    {
        var statistics = new Dictionary<string, FeatureStatistics>(StringComparer.Ordinal);
        var perChannel = shape.Height * shape.Width;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var (sum, squares) = (0L, 0L);
            for (var i = 0; i < pixels.Count; i++)
            {
                foreach (long value in pixels[i].Slice(channel * perChannel, perChannel))
                {
                    sum += value;
                    squares += value * value;
                }
            }

            statistics[InputStatistics.ChannelName(channel)] = FromSums((long)pixels.Count * perChannel, sum, squares);
        }

        return statistics;
    }

    private static FeatureStatistics FromSums(long count, long sum, long squares)
    {
        var spread = ((Int128)squares * count) - ((Int128)sum * sum);
        return new FeatureStatistics(count, sum / 255.0 / count, (double)spread / count / (255.0 * 255.0));
    }
}
