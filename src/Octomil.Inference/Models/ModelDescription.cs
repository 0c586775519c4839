using System.Globalization;
using Octomil.Learning.Architectures;

namespace Octomil.Inference.Models;

/// <summary>What an exported model says of itself.</summary>
internal sealed record ModelDescription
{
    private const int FeaturesShown = 40;

    public required string Model { get; init; }

    public required string Version { get; init; }

    public required Architecture Architecture { get; init; }

    public bool IsRegression => Architecture.OutputType is OutputType.Regression;

    /// <summary>What a request must hold, in plain words.</summary>
    public string Expectation() => Architecture.Image is { } image
        ? $"{Title} classifies images of {image.Width} x {image.Height} pixels with {Channels(image.Channels)}. "
            + "Send one as an image part with a data URI (PNG, JPEG or BMP), for example data:image/png;base64,..."
            + Classes()
        : $"{Title} predicts {Target} from {Architecture.Features.Length} features. Send them as JSON, for example "
            + $"{Example()}, or as CSV with a header line.{Environment.NewLine}Features: {Features()}." + Classes();

    /// <summary>The target column's name where the architecture has one.</summary>
    public string Target => Architecture.TargetColumn.Length > 0 ? Architecture.TargetColumn : "the target";

    private string Title => $"{Model} {Version}";

    private static string Channels(int channels) => channels == 1 ? "1 channel (grey)" : $"{channels} channels";

    private string Classes() => IsRegression ? "" : $"{Environment.NewLine}Classes: {string.Join(", ", Architecture.Classes)}.";

    private string Features()
    {
        var shown = Architecture.Features.Take(FeaturesShown).Select(Feature);
        var more = Architecture.Features.Length - FeaturesShown;
        return string.Join(", ", shown) + (more > 0 ? $" and {more} more" : "");
    }

    private static string Feature(ArchitectureFeature feature) => feature.Type is FeatureType.Category
        ? $"{feature.Name} (one of {string.Join(" | ", feature.Categories.Take(12))}{(feature.Categories.Length > 12 ? " | ..." : "")})"
        : feature.Name;

    private string Example()
    {
        var fields = Architecture.Features.Take(3).Select(feature => $"\"{feature.Name}\": {ExampleValue(feature)}");
        return "{" + string.Join(", ", fields) + (Architecture.Features.Length > 3 ? ", ...}" : "}");
    }

    private static string ExampleValue(ArchitectureFeature feature) => feature.Type is FeatureType.Category
        ? $"\"{feature.Categories[0]}\""
        : ((feature.Range?.Low + feature.Range?.High) / 2 ?? 1).ToString("0.##", CultureInfo.InvariantCulture);
}
