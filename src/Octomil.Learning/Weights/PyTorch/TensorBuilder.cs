namespace Octomil.Learning.Weights.PyTorch;

/// <summary>Makes storages and views from what a pickle says of them; whatever lies outside a storage is refused.</summary>
internal sealed class TensorBuilder
{
    private readonly Dictionary<string, TorchStorage> _storages = new(StringComparer.Ordinal);

    public static WeightsFormatException NotStateDict(string what) =>
        new(WeightsErrors.NotStateDict, $"The file is not a state_dict. {what} Save model.state_dict() itself, with names as keys and tensors as values.");

    /// <param name="id"><c>("storage", class, key, location, element count)</c>; where it lay does not matter.</param>
    public TorchStorage Storage(object? id)
    {
        if (id is not object?[] parts || parts is not ["storage", StorageClass type, string key, string, long and >= 0 and var count] || count > Array.MaxLength)
        {
            throw PickleReader.Damaged();
        }

        var storage = new TorchStorage(key, type.Type, count);
        return _storages.TryAdd(key, storage) || _storages[key] == storage ? _storages[key] : throw PickleReader.Damaged();
    }

    /// <param name="arguments">Those of <c>torch._utils._rebuild_tensor_v2</c>: storage, offset, size, stride, requires_grad, hooks, metadata.</param>
    public static TorchView Tensor(object?[] arguments)
    {
        if (arguments is not [TorchStorage storage, long offset, object?[] size, object?[] stride, bool, PickleDictionary { Items.Count: 0 }, .. var rest]
            || rest is not ([] or [null]))
        {
            throw NotStateDict("It has a tensor with hooks or attributes of its own.");
        }

        var view = new TorchView(storage, offset, Numbers(size), Numbers(stride));
        CheckRange(view);
        return view;
    }

    private static long[] Numbers(object?[] values) =>
        values.Length <= WeightsLayout.MaxDimensions && values.All(value => value is long and >= 0)
            ? [.. values.Cast<long>()]
            : throw PickleReader.Damaged();

    private static void CheckRange(TorchView view)
    {
        LayoutRules.Check(new TensorSpec("tensor", view.Storage.Type, [.. view.Shape]));
        if (view.Strides.Length != view.Shape.Length || view.Offset < 0)
        {
            throw PickleReader.Damaged();
        }

        // 128 bits: a size and a stride are 63 each at most.
        Int128 last = view.Offset;
        foreach (var (size, stride) in view.Shape.Zip(view.Strides))
        {
            last += (Int128)Math.Max(size - 1, 0) * stride;
        }

        if (!view.Shape.Contains(0) && last >= view.Storage.ElementCount)
        {
            throw ZipDirectory.Invalid("A tensor reaches over the end of its storage. Save the weights again with torch.save.");
        }
    }
}
