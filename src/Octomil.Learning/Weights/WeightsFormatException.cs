namespace Octomil.Learning.Weights;

/// <summary>
/// Bytes that are not the weights they should be. The message says what was wrong, what was expected and how to mend it, and never
/// holds a value of the data.
/// </summary>
public sealed class WeightsFormatException : Exception
{
    public WeightsFormatException(string code, string message, string? tensor = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Tensor = tensor;
    }

    public WeightsFormatException()
        : this(WeightsErrors.NotWeights, "The bytes are not weights.")
    {
    }

    public WeightsFormatException(string message)
        : this(WeightsErrors.NotWeights, message)
    {
    }

    public WeightsFormatException(string message, Exception innerException)
        : this(WeightsErrors.NotWeights, message, null, innerException)
    {
    }

    /// <summary>One of <see cref="WeightsErrors"/>.</summary>
    public string Code { get; }

    /// <summary>The tensor that is wrong, where it is one.</summary>
    public string? Tensor { get; }
}
