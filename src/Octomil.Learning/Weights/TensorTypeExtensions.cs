namespace Octomil.Learning.Weights;

/// <summary>What a <see cref="TensorType"/> means in bytes and on the wire.</summary>
public static class TensorTypeExtensions
{
    /// <summary>Bytes of one element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is <see cref="TensorType.None"/> or unknown.</exception>
    public static int ByteSize(this TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 => 2,
        TensorType.I8 or TensorType.U8 or TensorType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not the type of a tensor's elements."),
    };

    /// <summary>True for F64, F32, F16 and BF16.</summary>
    public static bool IsFloatingPoint(this TensorType type) =>
        type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F64;

    /// <summary>The name in a safetensors header, such as <c>F32</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is <see cref="TensorType.None"/> or unknown.</exception>
    public static string WireName(this TensorType type) => type switch
    {
        TensorType.F32 => "F32",
        TensorType.F16 => "F16",
        TensorType.BF16 => "BF16",
        TensorType.F64 => "F64",
        TensorType.I64 => "I64",
        TensorType.I32 => "I32",
        TensorType.I16 => "I16",
        TensorType.I8 => "I8",
        TensorType.U8 => "U8",
        TensorType.Bool => "BOOL",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not the type of a tensor's elements."),
    };

    internal static TensorType FromWireName(string name) => name switch
    {
        "F32" => TensorType.F32,
        "F16" => TensorType.F16,
        "BF16" => TensorType.BF16,
        "F64" => TensorType.F64,
        "I64" => TensorType.I64,
        "I32" => TensorType.I32,
        "I16" => TensorType.I16,
        "I8" => TensorType.I8,
        "U8" => TensorType.U8,
        "BOOL" => TensorType.Bool,
        _ => TensorType.None,
    };
}
