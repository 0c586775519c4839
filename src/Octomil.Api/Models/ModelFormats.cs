using Microsoft.AspNetCore.Http;

namespace Octomil.Models;

/// <summary>File formats of a version.</summary>
internal static class ModelFormats
{
    public const string Safetensors = "safetensors";
    public const string PyTorch = "pytorch";
    public const string Onnx = "onnx";

    /// <summary>The format that a caller means, which is safetensors where nothing is said.</summary>
    public static Found<string> Parse(string? format) => format switch
    {
        null or "" or Safetensors => new Found<string>(Safetensors),
        PyTorch or Onnx => new Found<string>(format),
        _ => new Found<string>(Unsupported($"There is no format '{Refusal.Shown(format)}'. Ask for {Safetensors}, {PyTorch} or {Onnx}.")),
    };

    public static Refusal Unsupported(string detail) => new(StatusCodes.Status400BadRequest, ErrorCodes.UnsupportedFormat, detail);

    public static string FileName(string model, string version, string format) => $"{model}-{version}.{(format == PyTorch ? "pt" : format)}";

    /// <summary>What a version can be downloaded as: one without an architecture has no ONNX graph.</summary>
    public static IEnumerable<string> Of(ModelVersion version) =>
        version.ArchitectureJson is null ? [Safetensors, PyTorch] : [Safetensors, PyTorch, Onnx];
}
