namespace Octomil.Learning.Privacy;

/// <summary>What the noise will do to a model, before a run starts.</summary>
/// <param name="PerCoordinate">Standard deviation of the noise in each coordinate of the mean.</param>
/// <param name="ToClip">The expected L2 norm of the noise in the mean over the clip: above 1 the noise exceeds any signal.</param>
public sealed record NoiseForecast(double PerCoordinate, double ToClip)
{
    /// <summary>z C / m for each coordinate, z sqrt(d) / m for all of them.</summary>
    /// <param name="parameters">d, from 1.</param>
    /// <param name="updates">m, the fewest updates of a round; from 1.</param>
    public static NoiseForecast Of(double clip, double noiseMultiplier, long parameters, long updates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parameters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(updates, 1);
        return new NoiseForecast(noiseMultiplier * clip / updates, noiseMultiplier * Math.Sqrt(parameters) / updates);
    }

    /// <summary>Advice for the people who start the run; null where there is none to give.</summary>
    public string? Warning => ToClip > 1
        ? System.FormattableString.Invariant($"The noise exceeds the signal: its norm will be {ToClip:0.#} times the clipping norm. More updates a round, fewer parameters (adapters), more local steps or a smaller noise multiplier help.")
        : null;
}
