namespace Octomil.Learning.Privacy;

/// <summary>
/// Averages such as loss and accuracy in the same release as the updates: further coordinates of the same sum, each bounded by its beta,
/// under the same noise. A round with them costs (S/sigma)^2 with S = sqrt((s C)^2 + beta_1^2 + beta_2^2 + ...).
/// </summary>
public sealed class PrivateMetrics
{
    private readonly PrivateGrid _grid;
    private readonly double[] _bounds;

    /// <param name="grid">Of the round.</param>
    /// <param name="bounds">beta of each metric, above 0 and at most the clip: how much noise it has is sigma/beta.</param>
    /// <exception cref="PrivacyException">A bound is outside its range.</exception>
    public PrivateMetrics(PrivateGrid grid, IReadOnlyList<double> bounds)
    {
        (_grid, _bounds) = (grid, [.. bounds]);
        if (Array.Exists(_bounds, bound => !(bound > 0 && bound <= grid.Clip)))
        {
            throw new PrivacyException($"The bound of a private metric must be above 0 and at most the clipping norm {grid.Clip}: the larger it is the clearer the metric and the dearer the round.");
        }
    }

    /// <summary>How many coordinates they add, after the parameters.</summary>
    public int Count => _bounds.Length;

    /// <summary>mu^2 of a round with these metrics, for an organization of this scale.</summary>
    public double Cost(double scale = 1)
    {
        RoundCost.Of(_grid.NoiseMultiplier, scale);
        var squared = (scale * _grid.Clip * scale * _grid.Clip) + _bounds.Sum(bound => bound * bound);
        return squared / (_grid.NoiseMultiplier * _grid.Clip) / (_grid.NoiseMultiplier * _grid.Clip);
    }

    /// <summary>Adds one update's metrics to their sums, each clamped to 0 to 1.</summary>
    /// <param name="values">One for each metric; NaN counts as 0.</param>
    /// <param name="sums">One for each metric, in units of the grid.</param>
    public void Add(ReadOnlySpan<double> values, Span<long> sums)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sums.Length, Count);
        for (var i = 0; i < values.Length; i++)
        {
            sums[i] += (long)(_bounds[i] * (values[i] > 0 ? Math.Min(values[i], 1) : 0) / _grid.Plan.Step);
        }
    }

    /// <summary>The average of a metric, out of its noisy sum; may lie outside 0 to 1.</summary>
    /// <param name="updates">The accepted updates, from 1.</param>
    public double Average(int metric, long noisySum, long updates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(updates, 1);
        return noisySum * _grid.Plan.Step / (_bounds[metric] * updates);
    }
}
