using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights;

/// <summary>
/// The weights of a model in memory: trained tensors as one flat float32 vector in the layout's order, all others as they are. Only
/// <see cref="Trained"/> may be changed in place.
/// </summary>
public sealed class ModelWeights
{
    private readonly ImmutableDictionary<string, byte[]> _frozen;

    private ModelWeights(WeightsLayout layout, float[] trained, ImmutableDictionary<string, byte[]> frozen) =>
        (Layout, Trained, _frozen) = (layout, trained, frozen);

    /// <summary>The tensors.</summary>
    public WeightsLayout Layout { get; }

    /// <summary>The elements of all trained tensors, one tensor after the other; <see cref="WeightsLayout.ParameterCount"/> long.</summary>
    public float[] Trained { get; }

    /// <summary>The elements of one trained tensor, row-major.</summary>
    /// <exception cref="KeyNotFoundException">The model has no trained tensor of that name.</exception>
    public Span<float> this[string trainedName] => Layout.TryGetTrained(trainedName, out var spec, out var offset)
        ? Trained.AsSpan((int)offset, (int)spec.ElementCount)
        : throw new KeyNotFoundException($"The model has no trained tensor '{trainedName}'.");

    /// <summary>True if there is a tensor of that name that is not trained.</summary>
    public bool HasFrozen(string name) => _frozen.ContainsKey(name);

    /// <summary>The elements of a floating-point tensor that is not trained, such as <c>input.mean</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="InvalidOperationException">Its elements are not floating-point; use <see cref="FrozenBytes"/>.</exception>
    public ReadOnlySpan<float> Frozen(string name) => Layout.TryGet(name, out var spec) && !spec.Type.IsFloatingPoint()
        ? throw new InvalidOperationException($"The tensor '{name}' holds {spec.Type.WireName()}, not float32.")
        : MemoryMarshal.Cast<byte, float>(FrozenBytes(name));

    /// <summary>The bytes of a tensor that is not trained, little-endian.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public ReadOnlySpan<byte> FrozenBytes(string name) => _frozen.TryGetValue(name, out var bytes)
        ? bytes
        : throw new KeyNotFoundException($"The model has no tensor '{name}' beside its trained ones.");

    /// <inheritdoc cref="FrozenBytes"/>
    internal ReadOnlyMemory<byte> FrozenMemory(string name) => _frozen[name];

    /// <summary>These weights with other elements in a floating-point tensor that is not trained. <see cref="Trained"/> is shared.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">It has another number of elements.</exception>
    public ModelWeights With(string frozenName, ReadOnlySpan<float> values)
    {
        if (Frozen(frozenName).Length != values.Length)
        {
            throw new ArgumentException($"The tensor '{frozenName}' has {Frozen(frozenName).Length} elements, not {values.Length}.", nameof(values));
        }

        return new ModelWeights(Layout, Trained, _frozen.SetItem(frozenName, MemoryMarshal.AsBytes(values).ToArray()));
    }

    /// <summary>These frozen tensors with other trained elements, which are kept by reference.</summary>
    /// <exception cref="ArgumentException">There are more or fewer than the layout has trained elements.</exception>
    public ModelWeights WithTrained(float[] trained) => trained.Length == Layout.ParameterCount
        ? new ModelWeights(Layout, trained, _frozen)
        : throw new ArgumentException($"There are {trained.Length} values; the model has {Layout.ParameterCount}.", nameof(trained));

    /// <summary>Weights of a layout: tensors that are not trained are 0, but <c>input.std</c>, which is 1.</summary>
    /// <param name="layout">The tensors.</param>
    /// <param name="trained">The trained elements, kept by reference; zeros if not given.</param>
    /// <exception cref="ArgumentException">There are more or fewer values than the layout has trained elements.</exception>
    public static ModelWeights Create(WeightsLayout layout, float[]? trained = null)
    {
        var frozen = ImmutableDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        foreach (var tensor in layout.Tensors.Where(tensor => !tensor.IsTrained))
        {
            frozen[tensor.Name] = new byte[tensor.ElementCount * tensor.Type.ByteSize()];
            if (tensor is { Name: "input.std", Type: TensorType.F32 })
            {
                MemoryMarshal.Cast<byte, float>(frozen[tensor.Name].AsSpan()).Fill(1);
            }
        }

        return trained is null || trained.Length == layout.ParameterCount
            ? new ModelWeights(layout, trained ?? new float[layout.ParameterCount], frozen.ToImmutable())
            : throw new ArgumentException($"There are {trained.Length} values; the model has {layout.ParameterCount}.", nameof(trained));
    }

    /// <summary>Reads a safetensors file; floating-point tensors become float32.</summary>
    /// <exception cref="WeightsFormatException">It is none, or holds NaN, infinity or numbers over the range of float32.</exception>
    public static ModelWeights Load(ReadOnlySpan<byte> file)
    {
        var length = SafetensorsStart.ReadLength(file[..Math.Min(file.Length, PipeHeader.LengthBytes)], SafetensorsHeader.MaxLength);
        var data = file[PipeHeader.LengthBytes..];
        if (data.Length < length)
        {
            throw ModelIntake.TruncatedHeader();
        }

        var intake = new ModelIntake(SafetensorsHeader.Parse(data[..length], data.Length - length));
        intake.Data.Push(data[length..]);
        return Finish(intake);
    }

    /// <inheritdoc cref="Load"/>
    public static async Task<ModelWeights> LoadAsync(Stream stream, CancellationToken cancellationToken) =>
        Finish(await ModelIntake.ReadAsync(stream, cancellationToken));

    /// <summary>Writes the canonical safetensors file: the same weights and metadata give the same bytes.</summary>
    public async Task SaveAsync(Stream stream, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        await TensorOutput.WriteHeaderAsync(stream, SafetensorsHeader.Write(Layout, metadata), cancellationToken);
        for (var index = 0; index < Layout.Tensors.Length; index++)
        {
            var tensor = Layout.Tensors[index];
            if (tensor.IsTrained)
            {
                await TensorOutput.WriteAsync(stream, Trained.AsMemory((int)Layout.OffsetAt(index), (int)tensor.ElementCount), cancellationToken);
            }
            else
            {
                await stream.WriteAsync(_frozen[tensor.Name], cancellationToken);
            }
        }
    }

    internal static ModelWeights Finish(ModelIntake intake)
    {
        intake.Data.End();
        return new ModelWeights(intake.Layout, intake.Trained, intake.Frozen());
    }
}
