using TorchSharp;
using static TorchSharp.torch;

namespace Octomil.Client.Training.Torch;

/// <summary>
/// One optimizer step over all weights at once, as they lie in one vector: the same arithmetic as PyTorch's, in a handful of operations
/// whatever the number of tensors.
/// </summary>
internal abstract class FlatOptimizer : IDisposable
{
    // Given to every addition: the one-argument form makes a scalar that the garbage collector may free while native code reads it.
    private readonly Scalar _one = 1.0.ToScalar();
    private readonly Scalar _weightDecay;
    private readonly Scalar _proximalMu;
    private readonly Scalar _minusProximalMu;
    private readonly Tensor? _base;
    private readonly Tensor? _shift;
    private readonly bool _decays;

    protected FlatOptimizer(Tensor weights, Tensor gradient, LocalTrainingOptions options)
    {
        (Weights, Gradient) = (weights, gradient);
        _decays = options.WeightDecay > 0;
        _weightDecay = options.WeightDecay.ToScalar();
        _proximalMu = options.ProximalMu.ToScalar();
        _minusProximalMu = (-options.ProximalMu).ToScalar();
        _shift = options.GradientShift is { } shift ? torch.tensor(shift.ToArray()).DetachFromDisposeScope() : null;
        _base = options.ProximalMu > 0 ? weights.clone().DetachFromDisposeScope() : null;
    }

    protected Tensor Weights { get; }

    protected Tensor Gradient { get; }

    protected Scalar One => _one;

    public static FlatOptimizer Create(Tensor weights, Tensor gradient, LocalTrainingOptions options) => options.Optimizer == "adam"
        ? new FlatAdam(weights, gradient, options)
        : new FlatSgd(weights, gradient, options);

    /// <summary>Changes the weights by the gradient and sets the gradient to 0.</summary>
    public void Step()
    {
        if (_decays)
        {
            Gradient.add_(Weights, _weightDecay);
        }

        if (_shift is not null)
        {
            Gradient.add_(_shift, _one);
        }

        if (_base is not null)
        {
            Gradient.add_(Weights, _proximalMu);
            Gradient.add_(_base, _minusProximalMu);
        }

        Change();
        Gradient.zero_();
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Change();

    protected virtual void Dispose(bool disposing)
    {
        _base?.Dispose();
        _shift?.Dispose();
        _one.Dispose();
        _weightDecay.Dispose();
        _proximalMu.Dispose();
        _minusProximalMu.Dispose();
    }
}
