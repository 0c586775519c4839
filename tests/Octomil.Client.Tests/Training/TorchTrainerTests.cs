using System.Runtime.CompilerServices;
using Octomil.Client.Training;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using TorchSharp;
using Xunit;

namespace Octomil.Client.Tests.Training;

public sealed class TorchTrainerTests
{
    private const string Mlp = """
        {"kind":"mlp","output_type":"binary","output_dim":1,"target_col":"y","classes":["a","b"],"hidden":[8],"activation":"relu",
         "features":[{"name":"p","type":"number"},{"name":"q","type":"number"}],"seed":4}
        """;

    private const string Regression = """
        {"kind":"linear","output_type":"regression","output_dim":1,"target_col":"y","features":[{"name":"p","type":"number"}],"seed":4}
        """;

    private const string Cnn = """
        {"kind":"cnn","output_type":"multiclass","output_dim":3,"target_col":"y","classes":["a","b","c"],"hidden":[8],"activation":"relu",
         "image":{"channels":1,"height":8,"width":8},"conv":[4,8],"seed":4}
        """;

    [Theory]
    [InlineData(Mlp, "sgd")]
    [InlineData(Mlp, "adam")]
    [InlineData(Cnn, "sgd")]
    public void Train_TwiceAlike_GivesTheSameBits(string json, string optimizer)
    {
        var (trainer, weights, data) = Load(json, rows: 101);
        var options = new LocalTrainingOptions { Epochs = 3, BatchSize = 16, Optimizer = optimizer, LearningRate = 0.01, ShuffleSeed = 9, HoldoutSeed = 2, ProximalMu = 0.1, WeightDecay = 0.01 };

        var once = trainer.Train(weights, data, options);
        var twice = trainer.Train(weights, data, options);
        var otherwise = trainer.Train(weights, data, options with { ShuffleSeed = 10 });

        Assert.Equal(once.Difference, twice.Difference);
        Assert.Equal(once with { Difference = [] }, twice with { Difference = [] });
        Assert.NotEqual(once.Difference, otherwise.Difference);
        Assert.Equal(once.Evaluation, otherwise.Evaluation);
        Assert.Equal((81, 18L, 20), (once.SampleCount, once.Steps, once.Evaluation.Count));
    }

    [Fact]
    public void Train_WithAShift_AddsItToTheGradientOfEveryStep()
    {
        var (trainer, weights, data) = Load(Mlp, rows: 40);
        var options = new LocalTrainingOptions { BatchSize = 40, Holdout = 0, Momentum = 0, LearningRate = 0.5 };
        float[] shift = [.. Enumerable.Range(0, weights.Trained.Length).Select(i => i * 0.01f)];

        var plain = trainer.Train(weights, data, options);
        var shifted = trainer.Train(weights, data, options with { GradientShift = shift });

        Assert.Equal(1, plain.Steps);
        Assert.All(shift.Index(), one => Assert.Equal(plain.Difference[one.Index] - (0.5f * one.Item), shifted.Difference[one.Index], 1e-5f));
    }

    [Fact]
    public void Train_ThatReportsTheBasesLoss_GivesTheLossBeforeTheFirstStep()
    {
        var (trainer, weights, data) = Load(Mlp, rows: 40);
        var options = new LocalTrainingOptions { BatchSize = 40, Holdout = 0, Epochs = 5, LearningRate = 0.5 };

        var first = trainer.Train(weights, data, options with { Epochs = 1 }).Loss;
        var reported = trainer.Train(weights, data, options with { ReportsBaseLoss = true });

        Assert.Equal(first, reported.Loss, 1e-5);
        Assert.True(trainer.Train(weights, data, options).Loss < reported.Loss);
    }

    [Fact]
    public void Train_OfWeightsThatLieElsewhere_GivesTheSameBits()
    {
        var (trainer, weights, data) = Load(Cnn, rows: 40);
        var options = new LocalTrainingOptions { BatchSize = 16 };
        var expected = trainer.Train(weights, data, options).Difference;

        for (var copy = 0; copy < 16; copy++)
        {
            // Arrays of .NET's lie at any multiple of 8 bytes; the one between moves the next.
            GC.KeepAlive(new byte[8 * copy]);
            Assert.Equal(expected, trainer.Train(weights.WithTrained([.. weights.Trained]), data, options).Difference);
        }
    }

    [Fact]
    public void Train_OneStepByHand_AddsDecayAndTheProximalTerm()
    {
        // One weight w and one bias b, loss (w x + b - y)^2 over one row, x = 2, y = 1.
        var architecture = Architecture.Parse(Regression);
        var weights = ModelWeights.Create(architecture.Layout(), [0.5f, 0.25f]);
        var data = new MatrixDataset([2f], 1, [1f]);
        var options = new LocalTrainingOptions { Epochs = 2, BatchSize = 1, LearningRate = 0.1, Momentum = 0, Holdout = 0, WeightDecay = 0.5, ProximalMu = 2 };
        var (w, b) = (0.5, 0.25);
        for (var step = 0; step < 2; step++)
        {
            var error = 2 * ((w * 2) + b - 1);
            (w, b) = (w - (0.1 * ((error * 2) + (0.5 * w) + (2 * (w - 0.5)))), b - (0.1 * (error + (0.5 * b) + (2 * (b - 0.25)))));
        }

        var result = new TestTrainer(architecture).Train(weights, data, options);

        Assert.Equal(w - 0.5, result.Difference[0], 5);
        Assert.Equal(b - 0.25, result.Difference[1], 5);
        Assert.Equal([0.5f, 0.25f], weights.Trained);
    }

    [Fact]
    public void Train_WithAdam_TakesFirstStepsOfTheLearningRate()
    {
        var (trainer, weights, data) = Load(Mlp, rows: 40);

        var result = trainer.Train(weights, data, new LocalTrainingOptions { Optimizer = "adam", LearningRate = 0.01, BatchSize = 40, Holdout = 0 });

        // Adam's first step is rate * g / (|g| + eps): the rate, whatever the gradient, except where there is none.
        Assert.All(result.Difference, difference => Assert.True(difference == 0 || Math.Abs(Math.Abs(difference) - 0.01) < 1e-4, $"{difference}"));
        Assert.Contains(result.Difference, difference => difference != 0);
    }

    [Fact]
    public void Train_WithAClipNorm_BoundsTheWholeDifference()
    {
        var (trainer, weights, data) = Load(Mlp, rows: 40);

        var free = trainer.Train(weights, data, new LocalTrainingOptions { Epochs = 5 }).Difference;
        var clipped = trainer.Train(weights, data, new LocalTrainingOptions { Epochs = 5, ClipNorm = 0.01 }).Difference;

        Assert.True(Norm(free) > 0.02);
        Assert.Equal(0.01, Norm(clipped), 6);
        Assert.Equal(free[3] / Norm(free), clipped[3] / Norm(clipped), 5);
    }

    [Fact]
    public void Train_ManyRounds_LeavesNoTensorBehind()
    {
        var (trainer, weights, data) = Load(Cnn, rows: 60);
        var options = new LocalTrainingOptions { Epochs = 2, ProximalMu = 0.1 };
        trainer.Train(weights, data, options);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (var round = 0; round < 10; round++)
        {
            trainer.Train(weights, data, options with { Optimizer = round % 2 == 0 ? "sgd" : "adam" });
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Train_WhenCancelled_StopsAndLeavesNoTensorBehind()
    {
        var (trainer, weights, data) = Load(Mlp, rows: 60);
        using var source = new CancellationTokenSource();
        var reports = new List<double>();
        var progress = new Reports(fraction =>
        {
            reports.Add(fraction);
            source.Cancel();
        });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.Throws<OperationCanceledException>(() => trainer.Train(weights, data, new LocalTrainingOptions { Epochs = 4 }, progress, source.Token));

        Assert.Equal([0.25], reports);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Train_ThatDiverges_SaysSo()
    {
        var architecture = Architecture.Parse(Regression);
        var data = new MatrixDataset([1e6f, -1e6f], 1, [1e6f, 0f]);

        Assert.Throws<TrainingDivergedException>(() =>
            new TestTrainer(architecture).Train(architecture.Initialize(), data, new LocalTrainingOptions { Epochs = 50, LearningRate = 1 }));
    }

    [Fact]
    public void Train_OfMissingNumbers_TakesThemAsTheMean()
    {
        var architecture = Architecture.Parse(Regression);
        var weights = architecture.Initialize().With("input.mean", [3f]).With("input.std", [2f]);
        var trainer = new TestTrainer(architecture);

        Assert.Equal(
            trainer.Predict(weights, new MatrixDataset([3f], 1, [0f])),
            trainer.Predict(weights, new MatrixDataset([float.NaN], 1, [0f])));
    }

    [Fact]
    public void Train_OfOtherWeightsOrData_IsRefused()
    {
        var (trainer, weights, data) = Load(Mlp, rows: 20);
        var other = Architecture.Parse(Regression).Initialize();

        Assert.Throws<ArgumentException>(() => trainer.Train(other, data, new LocalTrainingOptions()));
        Assert.Throws<ArgumentException>(() => trainer.Train(weights, new MatrixDataset([1f], 1, [0f]), new LocalTrainingOptions()));
        Assert.Throws<ArgumentException>(() => trainer.Train(weights, data, new LocalTrainingOptions { Optimizer = "lbfgs" }));
        Assert.Throws<ArgumentException>(() => trainer.Train(weights, data, new LocalTrainingOptions { LearningRate = double.NaN }));
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));

    private static (TestTrainer Trainer, ModelWeights Weights, MatrixDataset Data) Load(string json, int rows, [CallerMemberName] string seed = "")
    {
        var architecture = Architecture.Parse(json);
        var length = architecture.Image is null ? 2 : 64;
        var random = new Random(seed.Length);
        float[] inputs = [.. Enumerable.Range(0, rows * length).Select(_ => random.NextSingle())];
        float[] targets = [.. Enumerable.Range(0, rows).Select(row => inputs[row * length] > 0.5f ? 1f : 0f)];
        return (new TestTrainer(architecture), architecture.Initialize(), new MatrixDataset(inputs, length, targets));
    }

    private sealed class Reports(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
