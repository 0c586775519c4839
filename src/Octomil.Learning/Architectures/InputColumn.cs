namespace Octomil.Learning.Architectures;

/// <summary>One column of a tabular model's input.</summary>
/// <param name="Name">The feature, or <c>feature=category</c>.</param>
/// <param name="Feature">Index of the feature.</param>
/// <param name="Category">Index of the category whose 0 or 1 the column is; null for a number.</param>
public readonly record struct InputColumn(string Name, int Feature, int? Category);
