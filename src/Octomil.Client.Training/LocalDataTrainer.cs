using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Octomil.Client.Tables;
using Octomil.Client.Training.Images;
using Octomil.Client.Training.Tables;
using Octomil.Learning.Architectures;
using Octomil.Training;

namespace Octomil.Client.Training;

/// <summary>
/// Trains catalog architectures on a table (CSV) or on images of this device. The data are read at the first round and kept in memory;
/// they are read again when the model's architecture changes.
/// </summary>
public sealed partial class LocalDataTrainer : ILocalTrainer
{
    private readonly string _data;
    private readonly string? _targetColumn;
    private readonly int _threads;
    private readonly ILogger _logger;
    private (string Source, Architecture Architecture, LocalDataset Dataset)? _loaded;

    /// <param name="data">A CSV file, an idx file of images, or a folder of images.</param>
    /// <param name="targetColumn">The column to predict; null where it is called as the model says.</param>
    /// <param name="logger">Told what was noticed about the data, never a value of it.</param>
    /// <param name="threads">Threads of libtorch.</param>
    /// <exception cref="DataException">There is nothing at that path.</exception>
    public LocalDataTrainer(string data, string? targetColumn = null, ILogger? logger = null, int threads = 1)
    {
        if (!Path.Exists(data))
        {
            throw new DataException($"There is no file or folder {data}.");
        }

        (_data, _targetColumn, _threads, _logger) = (data, targetColumn, threads, logger ?? NullLogger.Instance);
    }

    /// <inheritdoc/>
    public Task<StatisticsReport> ComputeStatisticsAsync(LocalTask task, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var (_, dataset) = Load(task, cancellationToken);
            return new StatisticsReport
            {
                Rows = dataset.Rows,
                Features = dataset.ComputeStatistics().ToDictionary(
                    feature => feature.Key,
                    feature => new FeatureStatisticsMessage { Count = feature.Value.Count, Mean = feature.Value.Mean, M2 = feature.Value.M2 }),
            };
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<EvaluationReport> EvaluateAsync(LocalTask task, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var (architecture, dataset) = Load(task, cancellationToken);
            var evaluation = new TorchTrainer(architecture, _threads).EvaluateHoldout(task.Base, dataset, OptionsOf(task), cancellationToken);
            return new EvaluationReport
            {
                EvalCount = evaluation.Count,
                EvalLoss = evaluation.Loss,
                EvalAccuracy = evaluation.Accuracy,
                Metrics = MetricsOf(evaluation),
            };
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<LocalResult> TrainAsync(LocalTask task, IProgress<double>? progress, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var (architecture, dataset) = Load(task, cancellationToken);
            var result = new TorchTrainer(architecture, _threads).Train(task.Base, dataset, OptionsOf(task), progress, cancellationToken);
            return new LocalResult
            {
                Difference = result.Difference,
                SampleCount = result.SampleCount,
                Steps = result.Steps,
                Loss = result.Loss,
                EvalCount = result.Evaluation.Count,
                EvalLoss = result.Evaluation.Loss,
                EvalAccuracy = result.Evaluation.Accuracy,
                Metrics = MetricsOf(result.Evaluation),
            };
        },
        cancellationToken);

    private static LocalTrainingOptions OptionsOf(LocalTask task) => new()
    {
        Epochs = task.Training.Epochs,
        BatchSize = task.Training.BatchSize,
        Optimizer = task.Training.Optimizer,
        LearningRate = task.Training.LearningRate,
        Momentum = task.Training.Momentum,
        WeightDecay = task.Training.WeightDecay,
        Holdout = task.Training.Holdout,
        ProximalMu = task.ProximalMu ?? 0,
        GradientShift = task.GradientShift,
        ReportsBaseLoss = task.ReportsBaseLoss,
        ClipNorm = task.ClipNorm,
        ShuffleSeed = task.RoundSeed,
        // Rounds count from 1: the seed of round 0 is the device's own for the whole run.
        HoldoutSeed = RoundSeed.For(task.Training.Seed, 0, task.DeviceId),
    };

    private static Dictionary<string, double>? MetricsOf(Evaluation evaluation) =>
        evaluation.Auc is { } auc ? new() { ["auc"] = auc }
        : evaluation.R2 is { } r2 ? new() { ["r2"] = r2 }
        : null;

    /// <summary>Called by one method at a time, as the SDK promises.</summary>
    private (Architecture Architecture, LocalDataset Dataset) Load(LocalTask task, CancellationToken cancellationToken)
    {
        var json = task.Architecture is { ValueKind: JsonValueKind.Object } document
            ? document.GetRawText()
            : throw new DataException($"The model {task.Model} has no architecture, so only a training loop of your own can train it: use TrainFromRemoteAsync.");
        var target = _targetColumn ?? task.TargetColumn;
        var source = $"{target}\n{json}";
        if (_loaded is not { } loaded || loaded.Source != source)
        {
            _loaded = null;
            var architecture = Architecture.Parse(json);
            LocalDataset dataset = architecture.Image is null
                ? TabularData.Load(_data, architecture, target, cancellationToken)
                : ImageData.Load(_data, architecture, cancellationToken);
            LogLoaded(_logger, task.Model, dataset.Rows, dataset.InputLength);
            foreach (var note in dataset.Notes)
            {
                LogNote(_logger, task.Model, note);
            }

            loaded = (source, architecture, dataset);
            _loaded = loaded;
        }

        return (loaded.Architecture, loaded.Dataset);
    }
}
