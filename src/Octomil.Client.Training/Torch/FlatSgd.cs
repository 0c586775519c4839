using TorchSharp;
using static TorchSharp.torch;

namespace Octomil.Client.Training.Torch;

/// <summary>Stochastic gradient descent: v = momentum v + g; w = w - learning rate v.</summary>
internal sealed class FlatSgd : FlatOptimizer
{
    private readonly Tensor? _velocity;
    private readonly Scalar _momentum;
    private readonly Scalar _minusRate;

    public FlatSgd(Tensor weights, Tensor gradient, LocalTrainingOptions options)
        : base(weights, gradient, options)
    {
        _velocity = options.Momentum > 0 ? torch.zeros_like(gradient).DetachFromDisposeScope() : null;
        _momentum = options.Momentum.ToScalar();
        _minusRate = (-options.LearningRate).ToScalar();
    }

    protected override void Change()
    {
        if (_velocity is null)
        {
            Weights.add_(Gradient, _minusRate);
            return;
        }

        _velocity.mul_(_momentum);
        _velocity.add_(Gradient, One);
        Weights.add_(_velocity, _minusRate);
    }

    protected override void Dispose(bool disposing)
    {
        _velocity?.Dispose();
        _momentum.Dispose();
        _minusRate.Dispose();
        base.Dispose(disposing);
    }
}
