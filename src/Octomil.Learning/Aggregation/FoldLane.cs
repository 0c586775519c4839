namespace Octomil.Learning.Aggregation;

/// <summary>One input within one pass: its values in the range of the pass, scale = factor / step, and the signed weight.</summary>
internal readonly ref struct FoldLane(ReadOnlySpan<float> values, double scale, long weight)
{
    public readonly ReadOnlySpan<float> Values = values;
    public readonly double Scale = scale;
    public readonly long Weight = weight;

    /// <summary>The rest of the lane, for the coordinates that do not fill a vector.</summary>
    public FoldLane From(int start) => new(Values[start..], Scale, Weight);

    /// <summary>The definition of the fold for one coordinate; every kernel computes exactly this.</summary>
    public long Term(int index) => (long)((double)Values[index] * Scale) * Weight;
}
