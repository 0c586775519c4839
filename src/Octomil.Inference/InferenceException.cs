namespace Octomil.Inference;

/// <summary>A request that cannot be answered, and why; becomes an error in the shape that OpenAI clients read.</summary>
internal sealed class InferenceException(int status, string code, string message, string? parameter = null, Exception? inner = null)
    : Exception(message, inner)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>The field of the request that is wrong.</summary>
    public string? Parameter { get; } = parameter;

    public static InferenceException Invalid(string message, string? parameter = null, Exception? inner = null) =>
        new(400, "invalid_request", message, parameter, inner);
}
