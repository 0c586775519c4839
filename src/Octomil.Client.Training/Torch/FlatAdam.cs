using TorchSharp;
using static TorchSharp.torch;

namespace Octomil.Client.Training.Torch;

/// <summary>Adam (Kingma and Ba 2015, algorithm 1) with the usual constants .9, .999 and 1e-8.</summary>
internal sealed class FlatAdam : FlatOptimizer
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly double _rate;
    private readonly Tensor _mean;
    private readonly Tensor _square;
    private int _steps;

    public FlatAdam(Tensor weights, Tensor gradient, LocalTrainingOptions options)
        : base(weights, gradient, options)
    {
        _rate = options.LearningRate;
        _mean = torch.zeros_like(gradient).DetachFromDisposeScope();
        _square = torch.zeros_like(gradient).DetachFromDisposeScope();
    }

    protected override void Change()
    {
        _steps++;
        using var beta1 = Beta1.ToScalar();
        using var beta2 = Beta2.ToScalar();
        using var rest1 = (1 - Beta1).ToScalar();
        using var rest2 = (1 - Beta2).ToScalar();
        using var epsilon = Epsilon.ToScalar();
        using var correction2 = Math.Sqrt(1 - Math.Pow(Beta2, _steps)).ToScalar();
        using var rate = (-_rate / (1 - Math.Pow(Beta1, _steps))).ToScalar();
        _mean.mul_(beta1).add_(Gradient, rest1);
        _square.mul_(beta2).addcmul_(Gradient, Gradient, rest2);
        var divisor = _square.sqrt().div_(correction2).add_(epsilon);
        Weights.addcdiv_(_mean, divisor, rate);
    }

    protected override void Dispose(bool disposing)
    {
        _mean.Dispose();
        _square.Dispose();
        base.Dispose(disposing);
    }
}
