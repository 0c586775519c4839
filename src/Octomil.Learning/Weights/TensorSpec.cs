using System.Collections.Immutable;

namespace Octomil.Learning.Weights;

/// <summary>Name, element type and shape of one tensor; equal when all three are.</summary>
/// <param name="Name">As in the model's state_dict, such as <c>dense.0.weight</c>.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Sizes of its dimensions, row-major; empty for a scalar.</param>
public sealed record TensorSpec(string Name, TensorType Type, ImmutableArray<long> Shape)
{
    /// <summary>Buffers that scale the input: never trained, never averaged (ARCHITECTURES, Tensors).</summary>
    internal const string InputPrefix = "input.";

    /// <summary>The product of the dimensions; 1 for a scalar.</summary>
    /// <exception cref="OverflowException">The product is over 2^63 - 1; a <see cref="WeightsLayout"/> never holds such a tensor.</exception>
    public long ElementCount
    {
        get
        {
            var count = 1L;
            foreach (var dimension in Shape)
            {
                count = checked(count * dimension);
            }

            return count;
        }
    }

    /// <summary>True for floating-point tensors outside <c>input.</c>: they are folded; everything else stays as it is.</summary>
    public bool IsTrained => Type.IsFloatingPoint() && !Name.StartsWith(InputPrefix, StringComparison.Ordinal);

    /// <inheritdoc/>
    public bool Equals(TensorSpec? other) =>
        other is not null && Name == other.Name && Type == other.Type && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Name, StringComparer.Ordinal);
        hash.Add(Type);
        foreach (var dimension in Shape.AsSpan())
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    internal string ShapeText => $"[{string.Join(", ", Shape)}]";
}
