namespace Octomil.Learning.Weights.PyTorch;

/// <summary>A named tensor of an archive, and the record that holds its storage.</summary>
internal sealed record TorchTensor(TensorSpec Spec, TorchView View, ZipEntry Entry)
{
    /// <summary>Bytes of the tensor's elements, which may be fewer or more than its storage's.</summary>
    public long Bytes { get; } = Spec.ElementCount * Spec.Type.ByteSize();

    public static TorchTensor Create(string name, object? value, Dictionary<string, ZipEntry> entries)
    {
        if (value is not TorchView view)
        {
            throw TensorBuilder.NotStateDict($"The value of '{LayoutRules.Shown(name)}' is not a tensor.");
        }

        var spec = new TensorSpec(name, view.Storage.Type, [.. view.Shape]);
        LayoutRules.Check(spec);
        if (!entries.TryGetValue($"data/{view.Storage.Key}", out var entry) || entry.Bytes != view.Storage.Bytes)
        {
            throw new WeightsFormatException(
                WeightsErrors.InvalidArchive, $"The record of the tensor '{LayoutRules.Shown(name)}' is missing in the PyTorch archive, or has another size. Save the weights again with torch.save.", LayoutRules.Shown(name));
        }

        return new TorchTensor(spec, view, entry);
    }
}
