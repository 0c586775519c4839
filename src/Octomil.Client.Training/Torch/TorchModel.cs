using System.Runtime.InteropServices;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;
using Architecture = Octomil.Learning.Architectures.Architecture;

namespace Octomil.Client.Training.Torch;

/// <summary>
/// A catalog architecture with weights: scaled inputs in, logits out. The weights of all tensors lie in one vector, and so do their
/// gradients; the tensors that the layers use are views of it. Both vectors are in memory of libtorch's own, which is aligned: matrix
/// products add in an order that depends on alignment, and <c>torch.tensor</c> would work on an array of .NET's, which lies anywhere.
/// </summary>
internal sealed class TorchModel : IDisposable
{
    private readonly Architecture _architecture;
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly List<Tensor> _owned = [];
    private readonly Func<Tensor, Tensor> _activation;
    private readonly int _convolutions;
    private readonly int _dense;

    public TorchModel(Architecture architecture, ModelWeights weights)
    {
        _architecture = architecture;
        _activation = ActivationOf(architecture);
        _convolutions = Count(weights.Layout, "conv");
        _dense = Count(weights.Layout, "dense");
        Weights = Own(torch.empty(weights.Trained.Length, ScalarType.Float32));
        weights.Trained.CopyTo(MemoryMarshal.Cast<byte, float>(Weights.bytes));
        Gradient = Own(torch.zeros_like(Weights));
        foreach (var spec in weights.Layout.Tensors.Where(spec => spec.IsTrained))
        {
            weights.Layout.TryGetTrained(spec.Name, out _, out var offset);
            AddView(spec, offset);
        }
    }

    /// <summary>All trained elements, [parameters]; changed in place by the optimizer.</summary>
    public Tensor Weights { get; }

    /// <summary>Their gradient, [parameters]; backward adds to it.</summary>
    public Tensor Gradient { get; }

    /// <summary>Logits [rows, output_dim] of scaled inputs [rows, input length].</summary>
    public Tensor Forward(Tensor inputs)
    {
        var x = inputs;
        if (_convolutions > 0)
        {
            var image = _architecture.Image!;
            x = x.view(-1, image.Channels, image.Height, image.Width);
            for (var i = 0; i < _convolutions; i++)
            {
                x = Convolution.Same3X3(x, _tensors[$"conv.{i}.weight"], _tensors[$"conv.{i}.bias"]);
                x = nn.functional.max_pool2d(_activation(x), 2);
            }

            x = x.flatten(1);
        }

        for (var i = 0; i < _dense; i++)
        {
            x = nn.functional.linear(x, _tensors[$"dense.{i}.weight"], _tensors[$"dense.{i}.bias"]);
            x = i < _dense - 1 ? _activation(x) : x;
        }

        return x;
    }

    /// <summary>The mean loss of the batch, a scalar.</summary>
    public Tensor Loss(Tensor logits, Tensor targets) => _architecture.OutputType switch
    {
        OutputType.Binary => nn.functional.binary_cross_entropy_with_logits(logits.squeeze(1), targets),
        OutputType.Multiclass => nn.functional.cross_entropy(logits, targets),
        _ => nn.functional.mse_loss(logits.squeeze(1), targets),
    };

    /// <summary>Copies the current weights out.</summary>
    public void CopyWeights(Span<float> destination) => MemoryMarshal.Cast<byte, float>(Weights.bytes).CopyTo(destination);

    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());

    private static Func<Tensor, Tensor> ActivationOf(Architecture architecture) => architecture.Activation switch
    {
        Activation.Relu => x => nn.functional.relu(x),
        var other => throw new ArgumentException($"Unknown activation {other}.", nameof(architecture)),
    };

    private static int Count(WeightsLayout layout, string kind)
    {
        var count = 0;
        while (layout.TryGetTrained($"{kind}.{count}.weight", out _, out _))
        {
            count++;
        }

        return count;
    }

    private void AddView(TensorSpec spec, long offset)
    {
        long[] shape = [.. spec.Shape];
        using var weights = Weights.narrow(0, offset, spec.ElementCount);
        using var shaped = weights.view(shape);
        using var gradient = Gradient.narrow(0, offset, spec.ElementCount);
        var leaf = Own(shaped.detach());
        leaf.requires_grad = true;
        // Backward adds to a gradient that is there, so all of them end up in the one vector.
        leaf.grad = Own(gradient.view(shape));
        _tensors[spec.Name] = leaf;
    }

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}
