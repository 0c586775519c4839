namespace Octomil.Learning.Weights;

/// <summary>What a round accepts of one update.</summary>
/// <param name="MaxMagnitude">Largest absolute value of one element of a difference.</param>
/// <param name="MaxSampleCount">Sample counts over this are capped to it for weighting (<see cref="UpdateContent.CappedSampleCount"/>).</param>
public readonly record struct UpdateLimits(double MaxMagnitude, long MaxSampleCount);
