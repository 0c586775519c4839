namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The globals that a state_dict is made of: what the reader knows, and all it knows. None of them is code here.</summary>
internal enum PickleGlobal
{
    None = 0,
    OrderedDict = 1,
    RebuildTensor = 2,
}

/// <summary>A <c>torch.*Storage</c> class, which names an element type.</summary>
internal sealed record StorageClass(TensorType Type);

/// <summary>A dict or OrderedDict with text keys, in the order of insertion.</summary>
internal sealed class PickleDictionary
{
    public OrderedDictionary<string, object?> Items { get; } = new(StringComparer.Ordinal);
}

/// <summary>The elements behind one or several tensors: the record <c>data/Key</c>.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="ElementCount">How many.</param>
internal sealed record TorchStorage(string Key, TensorType Type, long ElementCount)
{
    public long Bytes => ElementCount * Type.ByteSize();
}

/// <summary>A tensor without its name: a view into a storage.</summary>
/// <param name="Storage">The elements.</param>
/// <param name="Offset">Index of the first one.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Strides">Elements from one index of a dimension to the next.</param>
internal sealed record TorchView(TorchStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>True where the elements lie one after another in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }
}
