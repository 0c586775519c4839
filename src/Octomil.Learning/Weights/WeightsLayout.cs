using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Octomil.Learning.Weights;

/// <summary>
/// The tensors of a model in its own order, and where each trained one lies in the flat vector of trained elements. Floating-point
/// tensors are F32 here whatever type they came in: that is how they are kept and handed out. Equal by content.
/// </summary>
public sealed class WeightsLayout : IEquatable<WeightsLayout>
{
    /// <summary>Most tensors of one model.</summary>
    public const int MaxTensors = 100_000;

    /// <summary>Most dimensions of one tensor.</summary>
    public const int MaxDimensions = 16;

    /// <summary>Most characters of a tensor's name.</summary>
    public const int MaxNameLength = 512;

    /// <summary>Most trained elements: the flat vector is one array.</summary>
    public static readonly long MaxParameters = Array.MaxLength;

    /// <summary>What the names of a device's controls begin with.</summary>
    public const string ControlPrefix = "control.";

    private readonly FrozenDictionary<string, int> _indexes;
    private readonly ImmutableArray<long> _offsets;
    private readonly int _hash;
    private readonly Lazy<long> _fileBytes;

    private WeightsLayout(ImmutableArray<TensorSpec> tensors, FrozenDictionary<string, int> indexes)
    {
        var offsets = ImmutableArray.CreateBuilder<long>(tensors.Length);
        var hash = new HashCode();
        foreach (var tensor in tensors)
        {
            hash.Add(tensor);
            offsets.Add(tensor.IsTrained ? ParameterCount : -1);
            ParameterCount += tensor.IsTrained ? tensor.ElementCount : 0;
            TrainedTensorCount += tensor.IsTrained ? 1 : 0;
            DataBytes += tensor.ElementCount * tensor.Type.ByteSize();
        }

        (Tensors, _indexes, _offsets, _hash) = (tensors, indexes, offsets.MoveToImmutable(), hash.ToHashCode());
        _fileBytes = new Lazy<long>(() => 8 + SafetensorsHeader.Write(this, null).Length + DataBytes);
    }

    /// <summary>Every tensor, trained or not, in the model's order.</summary>
    public ImmutableArray<TensorSpec> Tensors { get; }

    /// <summary>Elements of all trained tensors together: the length of the flat vector.</summary>
    public long ParameterCount { get; }

    /// <summary>How many tensors are trained.</summary>
    public int TrainedTensorCount { get; }

    /// <summary>Bytes of all tensors in the canonical file, without its header.</summary>
    public long DataBytes { get; }

    /// <summary>Bytes of the canonical safetensors file without metadata: 8, the header and the data.</summary>
    public long FileBytes => _fileBytes.Value;

    /// <summary>Checks the tensors and orders them as given.</summary>
    /// <exception cref="WeightsFormatException">
    /// <c>invalid_header</c>: no tensor or too many, a name twice, an empty or overlong name, a negative or overflowing size, more
    /// elements than one array holds; <c>wrong_type</c>: an element type that is none.
    /// </exception>
    public static WeightsLayout Create(IEnumerable<TensorSpec> tensors)
    {
        var kept = ImmutableArray.CreateBuilder<TensorSpec>();
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        var (parameters, bytes) = (0L, 0L);
        foreach (var given in tensors)
        {
            LayoutRules.Check(given);
            var tensor = given.Type.IsFloatingPoint() ? given with { Type = TensorType.F32 } : given;
            if (!indexes.TryAdd(tensor.Name, kept.Count))
            {
                throw LayoutRules.Invalid($"The tensor '{LayoutRules.Shown(tensor.Name)}' is listed twice. Each tensor has its own name.", tensor.Name);
            }

            kept.Add(tensor);
            parameters += tensor.IsTrained ? tensor.ElementCount : 0;
            bytes += tensor.ElementCount * tensor.Type.ByteSize();
            LayoutRules.CheckTotals(kept.Count, parameters, bytes);
        }

        return kept.Count > 0
            ? new WeightsLayout(kept.ToImmutable(), indexes.ToFrozenDictionary(StringComparer.Ordinal))
            : throw LayoutRules.Invalid("The model has no tensor at all. A model needs at least one.", null);
    }

    /// <summary>The layout with a second set of the trained tensors behind it, under <c>control.</c> (API, device protocol: <c>scaffold</c>).</summary>
    /// <exception cref="WeightsFormatException">A name is taken already or becomes too long.</exception>
    public WeightsLayout WithControls() =>
        Create(Tensors.Concat(Tensors.Where(tensor => tensor.IsTrained).Select(tensor => tensor with { Name = ControlPrefix + tensor.Name })));

    /// <summary>Finds a trained tensor and its offset, in elements, in the flat trained vector.</summary>
    public bool TryGetTrained(string name, out TensorSpec spec, out long offset)
    {
        if (TryGetIndex(name, out var index) && _offsets[index] >= 0)
        {
            (spec, offset) = (Tensors[index], _offsets[index]);
            return true;
        }

        (spec, offset) = (null!, -1);
        return false;
    }

    /// <summary>Finds any tensor, trained or not, by its name.</summary>
    public bool TryGet(string name, out TensorSpec spec)
    {
        var known = TryGetIndex(name, out var index);
        spec = known ? Tensors[index] : null!;
        return known;
    }

    /// <inheritdoc/>
    public bool Equals(WeightsLayout? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Tensors.AsSpan().SequenceEqual(other.Tensors.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as WeightsLayout);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    internal bool TryGetIndex(string name, out int index) => _indexes.TryGetValue(name, out index);

    internal long OffsetAt(int index) => _offsets[index];
}
