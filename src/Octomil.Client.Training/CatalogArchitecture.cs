using Octomil.Client.Training.Images;
using Octomil.Learning.Architectures;

namespace Octomil.Client.Training;

/// <summary>What reading data asks of an architecture.</summary>
internal static class CatalogArchitecture
{
    /// <summary>The classes in their order; null for a regression.</summary>
    public static IReadOnlyList<string>? ClassesOf(Architecture architecture) =>
        architecture.OutputType is OutputType.Regression ? null : architecture.Classes;

    /// <summary>The categories of a feature; null for a number.</summary>
    public static IReadOnlyList<string>? CategoriesOf(Feature feature) => feature.Categories;

    /// <summary>The texts that mean "no value"; null for the usual ones.</summary>
    public static IReadOnlyList<string>? MissingOf(Feature feature) => feature.Missing;

    /// <summary>The size of the images.</summary>
    /// <exception cref="ArgumentException">The architecture takes no images.</exception>
    public static ImageShape ShapeOf(Architecture architecture) => architecture.Image is { } image
        ? new ImageShape(image.Channels, image.Height, image.Width)
        : throw new ArgumentException("This architecture takes a table, no images.", nameof(architecture));

    /// <summary>Numbers of one input.</summary>
    public static int InputLengthOf(Architecture architecture) => architecture.Image is null ? architecture.ColumnCount : ShapeOf(architecture).Length;
}
