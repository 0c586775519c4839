using System.Globalization;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>How long a device thinks before it sends: what stands for its training.</summary>
/// <param name="Shape">How the times are spread.</param>
/// <param name="Seconds">Mean of an exponential spread, the time of a fixed one, the least of a uniform one.</param>
/// <param name="MostSeconds">The most of a uniform spread.</param>
internal sealed record ThinkTime(ThinkShape Shape, double Seconds, double MostSeconds)
{
    public static readonly ThinkTime None = new(ThinkShape.Fixed, 0, 0);

    /// <summary><c>SECONDS</c>, <c>uniform:LEAST:MOST</c> or <c>exponential:MEAN</c>; null where the text is none of them.</summary>
    public static ThinkTime? Parse(string text) => text.Split(':') switch
    {
        [var time] when Number(time) is { } seconds => new ThinkTime(ThinkShape.Fixed, seconds, seconds),
        ["uniform", var least, var most] when Number(least) is { } from && Number(most) is { } to && from <= to => new ThinkTime(ThinkShape.Uniform, from, to),
        ["exponential", var mean] when Number(mean) is { } seconds => new ThinkTime(ThinkShape.Exponential, seconds, seconds),
        _ => null,
    };

    public TimeSpan Draw(Random random) => TimeSpan.FromSeconds(Shape switch
    {
        ThinkShape.Uniform => Seconds + (random.NextDouble() * (MostSeconds - Seconds)),
        ThinkShape.Exponential => -Seconds * Math.Log(1 - random.NextDouble()),
        _ => Seconds,
    });

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number is >= 0 and <= 86400 ? number : null;
}

internal enum ThinkShape
{
    Fixed,
    Uniform,
    Exponential,
}
