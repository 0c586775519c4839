using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Octomil.Learning.Architectures;

namespace Octomil.Inference.Models;

/// <summary>Reads what the exporter wrote beside the graph.</summary>
internal static class OnnxMetadata
{
    /// <exception cref="ModelFileException">It was not exported by this service, or not for the catalog's architectures.</exception>
    public static ModelDescription Read(InferenceSession session, string path)
    {
        var map = session.ModelMetadata.CustomMetadataMap;
        var architecture = ParseArchitecture(Text(map, "architecture", path), path);
        return new ModelDescription
        {
            Model = Text(map, "model", path),
            Version = Text(map, "version", path),
            Architecture = architecture,
            Means = architecture.Image is null ? ParseMeans(Text(map, "input_mean", path), architecture, path) : [],
        };
    }

    private static string Text(Dictionary<string, string> map, string key, string path) => map.TryGetValue(key, out var text)
        ? text
        : throw new ModelFileException($"{path} does not say its {key}. Pull it from the service: octomil pull NAME --format onnx.");

    private static Architecture ParseArchitecture(string json, string path)
    {
        try
        {
            return Architecture.Parse(json);
        }
        catch (ArchitectureException exception)
        {
            throw new ModelFileException($"The architecture in {path} cannot be used: {exception.Message}", exception);
        }
    }

    private static ImmutableArray<float> ParseMeans(string json, Architecture architecture, string path)
    {
        try
        {
            var means = JsonSerializer.Deserialize<float[]>(json) ?? [];
            return means.Length == architecture.ColumnCount
                ? [.. means]
                : throw new ModelFileException($"{path} has {means.Length} means for {architecture.ColumnCount} columns.");
        }
        catch (JsonException exception)
        {
            throw new ModelFileException($"The means in {path} are not JSON.", exception);
        }
    }
}
