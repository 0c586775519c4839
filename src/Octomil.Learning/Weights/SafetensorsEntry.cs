namespace Octomil.Learning.Weights;

/// <summary>One tensor of a safetensors file as its header lists it.</summary>
/// <param name="Spec">Name, type and shape as in the file.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">The byte after its last.</param>
public readonly record struct SafetensorsEntry(TensorSpec Spec, long Begin, long End)
{
    /// <summary>Bytes of the tensor.</summary>
    public long Bytes => End - Begin;
}
