namespace Octomil.Learning.Weights;

/// <summary>The element type of a tensor, by its name in a safetensors header.</summary>
public enum TensorType
{
    None = 0,
    F32 = 1,
    F16 = 2,
    BF16 = 3,
    F64 = 4,
    I64 = 5,
    I32 = 6,
    I16 = 7,
    I8 = 8,
    U8 = 9,
    Bool = 10,
}
