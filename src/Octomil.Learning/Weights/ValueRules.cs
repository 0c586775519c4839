namespace Octomil.Learning.Weights;

/// <summary>The refusals of values; they name the tensor, never a value of it.</summary>
internal static class ValueRules
{
    public static void Check(in ValueMeasure measure, double maxMagnitude, string tensor)
    {
        if (!measure.IsFinite)
        {
            throw NotFinite(tensor);
        }

        if (measure.MaxAbs > maxMagnitude)
        {
            throw MagnitudeExceeded(tensor, maxMagnitude);
        }
    }

    private static WeightsFormatException NotFinite(string tensor)
    {
        var name = LayoutRules.Shown(tensor);
        return new WeightsFormatException(
            WeightsErrors.NotFinite, $"The tensor '{name}' holds NaN or infinity, or a number over the range of float32. Training has diverged: lower the learning rate.", name);
    }

    private static WeightsFormatException MagnitudeExceeded(string tensor, double maxMagnitude)
    {
        var name = LayoutRules.Shown(tensor);
        return new WeightsFormatException(
            WeightsErrors.MagnitudeExceeded, FormattableString.Invariant($"The tensor '{name}' differs from the round's base by more than {maxMagnitude}, the largest difference this round accepts. Lower the learning rate, or raise max_magnitude when the run is started."), name);
    }
}
