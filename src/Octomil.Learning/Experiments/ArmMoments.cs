namespace Octomil.Learning.Experiments;

/// <summary>
/// What one arm of an experiment has of a metric: count, mean and sum of squared differences from the mean over its <b>devices</b>, each
/// with the mean of what it measured. Devices are what was dealt to the arms, so they are what is counted: what one device measures many
/// times is not many independent observations.
/// </summary>
public readonly record struct ArmMoments
{
    /// <summary>Devices that measured the metric.</summary>
    public long Count { get; private init; }

    /// <summary>Mean over devices.</summary>
    public double Mean { get; private init; }

    private double M2 { get; init; }

    /// <summary>The unbiased variance over devices; 0 for fewer than two.</summary>
    public double Variance => Count < 2 ? 0 : M2 / (Count - 1);

    /// <summary>The moments of these values (Welford 1962).</summary>
    public static ArmMoments Of(IEnumerable<double> values) => values.Aggregate(default(ArmMoments), (moments, value) => moments.Add(value));

    /// <summary>Moments that were summed elsewhere.</summary>
    /// <param name="count">Devices.</param>
    /// <param name="mean">Their mean.</param>
    /// <param name="m2">The sum of squared differences from it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The numbers are those of no values.</exception>
    public static ArmMoments From(long count, double mean, double m2) => count >= 0 && double.IsFinite(mean) && double.IsFinite(m2) && m2 >= 0
        ? new ArmMoments { Count = count, Mean = mean, M2 = m2 }
        : throw new ArgumentOutOfRangeException(nameof(count), count, $"There are no {count} values of mean {mean} and squared differences {m2}.");

    /// <summary>With one more device.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public ArmMoments Add(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A device's mean must be finite.");
        }

        var count = Count + 1;
        var difference = value - Mean;
        var mean = Mean + (difference / count);
        return new ArmMoments { Count = count, Mean = mean, M2 = M2 + (difference * (value - mean)) };
    }
}
