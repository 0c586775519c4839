namespace Octomil.Learning.Aggregation;

/// <summary>One update as it enters a sum: trunc(value * factor / step) * weight for every coordinate.</summary>
/// <param name="Values">The difference to the base, as float32 in the layout's order.</param>
/// <param name="Factor">Everything that is not an integer weight: clip, an organization's scale, staleness; from 0, and |value| * factor at most the plan's magnitude.</param>
/// <param name="Weight">The capped sample count, or 1; from 0 to the plan's largest weight.</param>
public readonly record struct FoldInput(ReadOnlyMemory<float> Values, double Factor, long Weight);
