namespace Octomil.Learning.Architectures.Onnx;

/// <summary>What a reader of an exported file finds by name: its input, its outputs, and its metadata.</summary>
public static class OnnxNames
{
    /// <summary>Input: float32 [N, columns], unscaled, NaN where a number is missing; or [N, channels, height, width], bytes / 255.</summary>
    public const string Input = "input";

    /// <summary>Output: float32 [N, output_dim].</summary>
    public const string Logits = "logits";

    /// <summary>Output, except for regression: float32 [N, classes]; for binary [1 - p, p].</summary>
    public const string Probabilities = "probabilities";

    /// <summary>Metadata: the model's name.</summary>
    public const string Model = "model";

    /// <summary>Metadata: its version.</summary>
    public const string Version = "version";

    /// <summary>Metadata: a JSON list of the labels in the order of their probabilities; empty for regression.</summary>
    public const string Classes = "classes";

    /// <summary>Metadata: the features of a table as a JSON list, as in the architecture; empty for images.</summary>
    public const string Features = "features";

    /// <summary>Metadata: the canonical JSON of the whole architecture, for <see cref="Architectures.Architecture.Parse(string)"/>.</summary>
    public const string Architecture = "architecture";
}
