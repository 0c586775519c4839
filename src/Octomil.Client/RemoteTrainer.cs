using System.Numerics.Tensors;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.Client;

/// <summary>Lets a training loop of the caller's own take part.</summary>
internal sealed class RemoteTrainer(Func<ModelWeights, CancellationToken, Task<LocalTrainingResult>> localTrain) : ILocalTrainer
{
    public Task<StatisticsReport> ComputeStatisticsAsync(LocalTask task, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A training loop of your own has no input statistics to report.");

    // An evaluation without examples changes no mean, and the run need not wait for this device.
    public Task<EvaluationReport> EvaluateAsync(LocalTask task, CancellationToken cancellationToken) =>
        Task.FromResult(new EvaluationReport { EvalCount = 0 });

    public async Task<LocalResult> TrainAsync(LocalTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        if (task.GradientShift is not null)
        {
            throw new NotSupportedException($"The strategy of {task.Model}'s run changes the gradients of every step, which a training loop of your own cannot know. Train with the SDK's own training, or start the run with another strategy.");
        }

        // The caller gets a copy: it may train in place.
        var result = await localTrain(task.Base.WithTrained([.. task.Base.Trained]), cancellationToken);
        if (!result.Weights.Layout.Equals(task.Base.Layout))
        {
            throw new InvalidDataException($"The training loop returned other tensors than {task.Model} has. Names, shapes and types must stay as they are.");
        }

        var difference = new float[task.Base.Trained.Length];
        TensorPrimitives.Subtract(result.Weights.Trained, task.Base.Trained, difference);
        return new LocalResult
        {
            Difference = difference,
            SampleCount = result.SampleCount,
            Steps = result.Steps,
            Loss = task.ReportsBaseLoss
                ? Metric(result, "base_loss") ?? throw new InvalidDataException("The run's strategy 'qfedavg' weighs by the loss of the base weights on your data. Return it as the metric 'base_loss'.")
                : Metric(result, "loss"),
            EvalCount = (long)(Metric(result, "eval_count") ?? 0),
            EvalLoss = Metric(result, "eval_loss"),
            EvalAccuracy = Metric(result, "eval_accuracy"),
            Metrics = result.Metrics,
        };
    }

    private static double? Metric(LocalTrainingResult result, string name) =>
        result.Metrics is { } metrics && metrics.TryGetValue(name, out var value) ? value : null;
}
