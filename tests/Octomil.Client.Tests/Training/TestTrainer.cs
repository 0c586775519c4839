using Octomil.Client.Training;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Client.Tests.Training;

/// <summary>The trainer, cancelled when the test is.</summary>
internal sealed class TestTrainer(Architecture architecture)
{
    private readonly TorchTrainer _trainer = new(architecture);

    public TrainingResult Train(ModelWeights start, LocalDataset data, LocalTrainingOptions options, IProgress<double>? progress = null, CancellationToken? cancellationToken = null) =>
        _trainer.Train(start, data, options, progress, cancellationToken ?? TestContext.Current.CancellationToken);

    public Evaluation Evaluate(ModelWeights weights, LocalDataset data, IReadOnlyList<int>? rows = null) =>
        _trainer.Evaluate(weights, data, rows, TestContext.Current.CancellationToken);

    public float[] Predict(ModelWeights weights, LocalDataset data) => _trainer.Predict(weights, data, null, TestContext.Current.CancellationToken);
}
