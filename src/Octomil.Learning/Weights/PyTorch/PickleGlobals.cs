using System.Collections.Frozen;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The allow-list: what a pickle may name, and what stands for it here. A name is looked up, never loaded.</summary>
internal static class PickleGlobals
{
    private static readonly FrozenDictionary<string, object> _known = new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["collections OrderedDict"] = PickleGlobal.OrderedDict,
        ["torch._utils _rebuild_tensor_v2"] = PickleGlobal.RebuildTensor,
        ["torch FloatStorage"] = new StorageClass(TensorType.F32),
        ["torch HalfStorage"] = new StorageClass(TensorType.F16),
        ["torch BFloat16Storage"] = new StorageClass(TensorType.BF16),
        ["torch DoubleStorage"] = new StorageClass(TensorType.F64),
        ["torch LongStorage"] = new StorageClass(TensorType.I64),
        ["torch IntStorage"] = new StorageClass(TensorType.I32),
        ["torch ShortStorage"] = new StorageClass(TensorType.I16),
        ["torch CharStorage"] = new StorageClass(TensorType.I8),
        ["torch ByteStorage"] = new StorageClass(TensorType.U8),
        ["torch BoolStorage"] = new StorageClass(TensorType.Bool),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="WeightsFormatException"><c>unsafe_pickle</c>: it is not on the list.</exception>
    public static object Find(string module, string name) => _known.TryGetValue($"{module} {name}", out var known)
        ? known
        : throw new WeightsFormatException(
            WeightsErrors.UnsafePickle, $"The file refers to '{Shown(module)}.{Shown(name)}', which no state_dict needs: nothing of it was executed. Save model.state_dict() of plain tensors with torch.save.");

    public static string ClassOf(TensorType type) => _known.Single(known => known.Value is StorageClass storage && storage.Type == type).Key.Split(' ')[1];

    private static string Shown(string text) => LayoutRules.Shown(string.Concat(text.Select(character => char.IsControl(character) ? '?' : character)));
}
