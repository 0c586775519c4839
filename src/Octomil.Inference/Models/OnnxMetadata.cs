using Microsoft.ML.OnnxRuntime;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;

namespace Octomil.Inference.Models;

/// <summary>Reads what the exporter wrote beside the graph.</summary>
internal static class OnnxMetadata
{
    /// <exception cref="ModelFileException">It was not exported by this service.</exception>
    public static ModelDescription Read(InferenceSession session, string path)
    {
        var map = session.ModelMetadata.CustomMetadataMap;
        return new ModelDescription
        {
            Model = Text(map, OnnxNames.Model, path),
            Version = Text(map, OnnxNames.Version, path),
            Architecture = Parse(Text(map, OnnxNames.Architecture, path), path),
        };
    }

    private static string Text(Dictionary<string, string> map, string key, string path) => map.TryGetValue(key, out var text)
        ? text
        : throw new ModelFileException($"{path} does not say its {key}. Pull it from the service: octomil pull NAME --format onnx.");

    private static Architecture Parse(string json, string path)
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
}
