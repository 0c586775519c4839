using Octomil.Learning.Weights;

namespace Octomil.Client;

/// <summary>What a training loop of your own returns.</summary>
/// <param name="Weights">The new weights, all of them; the SDK sends their difference to the round's base.</param>
/// <param name="SampleCount">Training examples seen, at least 1.</param>
/// <param name="Metrics">
/// Numbers by name. <c>loss</c> is the mean training loss; <c>eval_count</c>, <c>eval_loss</c> and <c>eval_accuracy</c> describe the
/// base on a hold-out; others are sent along, and the service checks them and keeps none.
/// </param>
public sealed record LocalTrainingResult(ModelWeights Weights, long SampleCount, IReadOnlyDictionary<string, double>? Metrics = null)
{
    /// <summary>Optimizer steps taken; only the strategy <c>fednova</c> needs it.</summary>
    public long Steps { get; init; }
}
