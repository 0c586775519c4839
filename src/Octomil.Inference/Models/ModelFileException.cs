namespace Octomil.Inference.Models;

/// <summary>A file that cannot be served: it is damaged, or is not a model that this service exported.</summary>
public sealed class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);
