namespace Octomil.Learning.Weights;

/// <summary>Matches the tensors of an update's header with the model's.</summary>
internal static class UpdatePlan
{
    // Beside one entry per tensor a header may hold the metadata (16 KB of metrics, escaped) and padding.
    private const int MetadataAllowance = 128 * 1024;
    private const int EntryAllowance = 256;

    /// <summary>No honest header of an update of this model is longer.</summary>
    public static long MaxHeaderBytes(WeightsLayout layout)
    {
        var bytes = (long)MetadataAllowance;
        foreach (var tensor in layout.Tensors)
        {
            // A character may be escaped as six.
            bytes += EntryAllowance + (6L * tensor.Name.Length) + (20L * tensor.Shape.Length);
        }

        return Math.Min(bytes, SafetensorsHeader.MaxLength);
    }

    /// <summary>Every tensor of the file in the order of its data, and where it goes in <paramref name="destination"/>.</summary>
    /// <exception cref="WeightsFormatException"><c>unknown_tensor</c>, <c>wrong_shape</c>, <c>wrong_type</c> or <c>missing_tensor</c>.</exception>
    public static IntakeTensor[] Match(SafetensorsHeader header, WeightsLayout layout, Memory<float> destination)
    {
        var plan = new IntakeTensor[header.Tensors.Length];
        var trained = 0;
        for (var i = 0; i < plan.Length; i++)
        {
            plan[i] = Match(header.Tensors[i], layout, destination);
            trained += layout.Tensors[plan[i].Index].IsTrained ? 1 : 0;
        }

        return trained == layout.TrainedTensorCount ? plan : throw Missing(header, layout);
    }

    private static IntakeTensor Match(SafetensorsEntry entry, WeightsLayout layout, Memory<float> destination)
    {
        var name = LayoutRules.Shown(entry.Spec.Name);
        if (!layout.TryGetIndex(entry.Spec.Name, out var index))
        {
            throw new WeightsFormatException(WeightsErrors.UnknownTensor, $"The tensor '{name}' is not one of the model's. Send the tensors of the round's base under their names.", name);
        }

        var expected = layout.Tensors[index];
        if (!entry.Spec.Shape.AsSpan().SequenceEqual(expected.Shape.AsSpan()))
        {
            throw new WeightsFormatException(WeightsErrors.WrongShape, $"The tensor '{name}' has the shape {entry.Spec.ShapeText}; the model's is {expected.ShapeText}. Train the round's base without changing its layers.", name);
        }

        if (!TypeFits(entry.Spec.Type, expected))
        {
            var types = expected.IsTrained ? "F32, F16 or BF16" : expected.Type.WireName();
            throw new WeightsFormatException(WeightsErrors.WrongType, $"The tensor '{name}' is {entry.Spec.Type.WireName()}; expected {types}. Convert it before sending.", name);
        }

        return expected.IsTrained
            ? new IntakeTensor(entry, index, destination.Slice((int)layout.OffsetAt(index), (int)expected.ElementCount), null)
            : new IntakeTensor(entry, index, Memory<float>.Empty, null);
    }

    private static bool TypeFits(TensorType type, TensorSpec expected) => expected.IsTrained
        ? type is TensorType.F32 or TensorType.F16 or TensorType.BF16
        : type == expected.Type || (type.IsFloatingPoint() && expected.Type.IsFloatingPoint());

    private static WeightsFormatException Missing(SafetensorsHeader header, WeightsLayout layout)
    {
        var present = header.Tensors.Select(entry => entry.Spec.Name).ToHashSet(StringComparer.Ordinal);
        var missing = layout.Tensors.First(tensor => tensor.IsTrained && !present.Contains(tensor.Name));
        var name = LayoutRules.Shown(missing.Name);
        return new WeightsFormatException(WeightsErrors.MissingTensor, $"The tensor '{name}' {missing.ShapeText} is missing. Send every trained tensor of the model.", name);
    }
}
