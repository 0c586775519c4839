using Octomil.Training;

namespace Octomil.Client.Tests.Fakes;

/// <summary>Adds a half to every weight; what else it does is up to the test.</summary>
internal sealed class FakeTrainer : ILocalTrainer
{
    public Journal<LocalTask> Tasks { get; } = new("task");

    public Func<LocalTask, CancellationToken, Task> OnTrain { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Ends when the token does, as a long training.</summary>
    public static Func<LocalTask, CancellationToken, Task> ForEver { get; } = (_, token) => Task.Delay(Timeout.Infinite, token);

    public StatisticsReport Statistics { get; set; } = new()
    {
        Rows = 12,
        Features = new Dictionary<string, FeatureStatisticsMessage> { ["chol"] = new() { Count = 12, Mean = 2.5, M2 = 4 } },
    };

    public Task<StatisticsReport> ComputeStatisticsAsync(LocalTask task, CancellationToken cancellationToken) => Task.FromResult(Statistics);

    public Task<EvaluationReport> EvaluateAsync(LocalTask task, CancellationToken cancellationToken) =>
        Task.FromResult(new EvaluationReport { EvalCount = 3, EvalLoss = 0.25, EvalAccuracy = 0.75 });

    public async Task<LocalResult> TrainAsync(LocalTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Tasks.Add(task);
        await OnTrain(task, cancellationToken);
        return new LocalResult
        {
            Difference = Enumerable.Repeat(0.5f, task.Base.Trained.Length).ToArray(),
            SampleCount = 7,
            Steps = 3,
            Loss = 0.5,
            EvalCount = 2,
            EvalLoss = 0.75,
            EvalAccuracy = 0.5,
            Metrics = new Dictionary<string, double> { ["auc"] = 0.875 },
        };
    }

    public Task<LocalTask> NextAsync() => Tasks.NextAsync(_ => true, "training to begin");
}
