using System.Text.Json;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Architectures.Onnx;

/// <summary>
/// Writes a version of a catalog model as an ONNX file (opset 17): raw columns or pixels in, logits and probabilities out, with everything
/// in its metadata that a program needs to build the input and to name the answer (<see cref="OnnxNames"/>).
/// </summary>
public static class OnnxExport
{
    /// <summary>Most bytes of an ONNX file: a Protocol Buffers message is no larger.</summary>
    public const long MaxBytes = int.MaxValue;

    private const long Allowance = 1 << 20;

    /// <summary>True where the architecture's weights fit into an ONNX file.</summary>
    public static bool Fits(Architecture architecture) =>
        architecture.Layout().DataBytes + architecture.ToJson().Length * 4L + Allowance < MaxBytes;

    /// <summary>Writes the file to a stream that need not be seekable. The same arguments give the same bytes.</summary>
    /// <param name="stream">Receives the file.</param>
    /// <param name="architecture">The model's architecture.</param>
    /// <param name="weights">Weights with exactly its tensors.</param>
    /// <param name="model">The model's name and version, for the metadata.</param>
    /// <exception cref="ArgumentException">The weights have other tensors.</exception>
    /// <exception cref="WeightsFormatException"><c>archive_too_large</c>: they do not fit (<see cref="Fits"/>).</exception>
    public static async Task WriteAsync(
        Stream stream, Architecture architecture, ModelWeights weights, (string Name, string Version) model, CancellationToken cancellationToken)
    {
        if (!weights.Layout.Equals(architecture.Layout()))
        {
            throw new ArgumentException("The weights do not have the tensors of the architecture.", nameof(weights));
        }

        if (!Fits(architecture))
        {
            throw new WeightsFormatException(WeightsErrors.ArchiveTooLarge, "These weights do not fit into an ONNX file, which has at most 2 GB. Take the safetensors file.");
        }

        var graph = new OnnxLayers(architecture, weights).Build();
        var constants = graph.Constants.Select(constant => (constant.Values, Head: Head(constant))).ToArray();
        var length = graph.Written.Length + constants.Sum(constant => constant.Head.Length + (constant.Values.Length * (long)sizeof(float)));
        await stream.WriteAsync(Start(architecture, model, length), cancellationToken);
        await stream.WriteAsync(graph.Written.ToArray(), cancellationToken);
        foreach (var (values, head) in constants)
        {
            await stream.WriteAsync(head, cancellationToken);
            await TensorOutput.WriteAsync(stream, values, cancellationToken);
        }
    }

    // The graph comes last, so that its constants can be written as they are.
    private static byte[] Start(Architecture architecture, (string Name, string Version) model, long graphLength)
    {
        var start = new ProtobufWriter();
        start.Number(OnnxFields.Model.IrVersion, OnnxFields.IrVersion);
        start.Text(OnnxFields.Model.ProducerName, "octomil");
        start.Message(OnnxFields.Model.OpsetImport, opset =>
        {
            opset.Text(1, "");
            opset.Number(2, OnnxFields.Opset);
        });
        foreach (var (key, value) in Metadata(architecture, model))
        {
            start.Message(OnnxFields.Model.MetadataProps, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        }

        start.Begin(OnnxFields.Model.Graph, graphLength);
        return start.Written.ToArray();
    }

    private static IEnumerable<(string Key, string Value)> Metadata(Architecture architecture, (string Name, string Version) model)
    {
        using var json = JsonDocument.Parse(architecture.ToJson());
        return
        [
            (OnnxNames.Model, model.Name),
            (OnnxNames.Version, model.Version),
            (OnnxNames.Classes, List("classes")),
            (OnnxNames.Features, List("features")),
            (OnnxNames.Architecture, architecture.ToJson()),
        ];

        string List(string name) => json.RootElement.TryGetProperty(name, out var list) ? list.GetRawText() : "[]";
    }

    private static byte[] Head(OnnxTensor constant)
    {
        var (head, length) = constant.Describe();
        var field = new ProtobufWriter();
        field.Begin(OnnxFields.Graph.Initializer, length);
        return [.. field.Written, .. head];
    }
}
