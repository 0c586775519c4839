namespace Octomil.Learning.Weights;

/// <summary>How one tensor of a version differs from the same tensor of another.</summary>
/// <param name="Spec">The tensor, which both have.</param>
/// <param name="Norm">Its L2 norm in the first version; 0 for elements that are not floating-point.</param>
/// <param name="Difference">L2 norm of second minus first; 0 for elements that are not floating-point.</param>
/// <param name="MaxAbs">Largest absolute difference of one element.</param>
/// <param name="Changed">Elements (of other types: bytes) that are not the same.</param>
public sealed record TensorDifference(TensorSpec Spec, double Norm, double Difference, double MaxAbs, long Changed);
