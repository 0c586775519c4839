namespace Octomil.Learning.Weights;

/// <summary>The limits of a <see cref="WeightsLayout"/>, so that a hostile header cannot ask for memory without end.</summary>
internal static class LayoutRules
{
    // Far over any model that fits one array of trained elements, far under an overflow of sums of sizes.
    private const long MaxDataBytes = 1L << 40;
    private const int ShownNameLength = 120;

    public static WeightsFormatException Invalid(string message, string? tensor) =>
        new(WeightsErrors.InvalidHeader, message, tensor is null ? null : Shown(tensor));

    /// <summary>A name fit for a message: bounded in length.</summary>
    public static string Shown(string name) => name.Length <= ShownNameLength ? name : string.Concat(name.AsSpan(0, ShownNameLength), "...");

    public static void Check(TensorSpec tensor)
    {
        CheckName(tensor.Name);
        var shown = Shown(tensor.Name);
        if (!Enum.IsDefined(tensor.Type) || tensor.Type is TensorType.None)
        {
            throw new WeightsFormatException(WeightsErrors.WrongType, $"The tensor '{shown}' has no element type. Give one of F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL.", shown);
        }

        if (tensor.Shape.IsDefault || tensor.Shape.Length > WeightsLayout.MaxDimensions)
        {
            throw Invalid($"The tensor '{shown}' has no shape, or more than {WeightsLayout.MaxDimensions} dimensions.", shown);
        }

        CheckSize(tensor, shown);
    }

    public static void CheckTotals(int tensors, long parameters, long bytes)
    {
        if (tensors > WeightsLayout.MaxTensors)
        {
            throw Invalid($"The model has more than {WeightsLayout.MaxTensors} tensors, which is the most a model may have.", null);
        }

        if (parameters > WeightsLayout.MaxParameters || bytes > MaxDataBytes)
        {
            throw Invalid($"The model has more than {WeightsLayout.MaxParameters} trained elements or 2^40 bytes, which is the most a model may have.", null);
        }
    }

    private static void CheckName(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Length > WeightsLayout.MaxNameLength || name == SafetensorsHeader.MetadataKey)
        {
            throw Invalid($"A tensor's name is empty, over {WeightsLayout.MaxNameLength} characters or '{SafetensorsHeader.MetadataKey}'. Use the names of the model's state_dict.", name);
        }

        foreach (var character in name)
        {
            if (char.IsControl(character) || char.IsSurrogate(character))
            {
                throw Invalid("A tensor's name has control characters or surrogates. Use the names of the model's state_dict.", null);
            }
        }
    }

    private static void CheckSize(TensorSpec tensor, string shown)
    {
        var count = 1L;
        foreach (var dimension in tensor.Shape)
        {
            // Each factor is bounded before it is multiplied, so neither the product nor the bytes overflow.
            if (dimension < 0 || dimension > MaxDataBytes || count > MaxDataBytes / Math.Max(dimension, 1))
            {
                throw Invalid($"The tensor '{shown}' has a negative size, or more than 2^40 elements.", shown);
            }

            count *= dimension;
        }
    }
}
