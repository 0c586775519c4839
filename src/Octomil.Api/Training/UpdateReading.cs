using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>What a round takes of an update's values, by whatever way it comes in.</summary>
internal static class UpdateReading
{
    /// <summary>The clip bounds what enters the sums of a private round, so any finite value may come.</summary>
    public static UpdateLimits LimitsOf(RoundPlan plan) => new(plan.Privacy is null ? plan.MaxMagnitude : float.MaxValue, plan.MaxSampleCount);

    /// <summary>
    /// True where an update is refused for its values by a private round: there it counts as one of zeros, so that the number of counted
    /// updates says nothing about data.
    /// </summary>
    public static bool CountsAsZeros(RoundPlan plan, WeightsFormatException exception) =>
        plan.Privacy is not null && exception.Code is WeightsErrors.NotFinite or WeightsErrors.MagnitudeExceeded;

    /// <summary>An update of zeros in the place of one that was refused.</summary>
    public static UpdateContent Zeros(Memory<float> destination)
    {
        destination.Span.Clear();
        return new UpdateContent { SampleCount = 1 };
    }
}
