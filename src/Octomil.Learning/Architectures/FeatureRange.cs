namespace Octomil.Learning.Architectures;

/// <summary>A public range of a number, in the unit of the data; the upper end is above the lower.</summary>
public readonly record struct FeatureRange(double Low, double High);
