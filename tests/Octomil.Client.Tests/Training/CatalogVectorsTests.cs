using System.Text.Json;
using Octomil.Client.Training;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Client.Tests.Training;

/// <summary>Against vectors/architectures.json, computed with PyTorch.</summary>
public sealed class CatalogVectorsTests
{
    private static readonly JsonElement Cases = JsonDocument.Parse(File.ReadAllText(Repository.Vectors("architectures.json"))).RootElement.GetProperty("cases");

    public static TheoryData<string> Names => [.. Cases.EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_OfACatalogArchitecture_GivesPyTorchsLogitsAndLoss(string name)
    {
        var (vector, trainer, weights, data) = Load(name);

        AssertClose(Floats(vector, "logits"), trainer.Predict(weights, data));
        AssertClose(vector.GetProperty("loss").GetDouble(), trainer.Evaluate(weights, data).Loss!.Value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Train_TwoStepsOfACatalogArchitecture_GivesPyTorchsWeights(string name)
    {
        var (vector, trainer, weights, data) = Load(name);
        var expected = vector.GetProperty("after_two_sgd_steps");
        var options = new LocalTrainingOptions { Epochs = 2, BatchSize = data.Rows, LearningRate = 0.05, Momentum = 0.9, Holdout = 0, ShuffleSeed = 1 };

        var result = trainer.Train(weights, data, options);

        var trained = weights.WithTrained([.. weights.Trained.Zip(result.Difference, (start, difference) => start + difference)]);
        Assert.Equal((data.Rows, 2L), (result.SampleCount, result.Steps));
        AssertClose(Floats(expected, "logits"), trainer.Predict(trained, data));
        AssertClose(expected.GetProperty("loss").GetDouble(), trainer.Evaluate(trained, data).Loss!.Value);
        foreach (var sum in expected.GetProperty("sums").EnumerateObject().Where(sum => !sum.Name.StartsWith("input.", StringComparison.Ordinal)))
        {
            var tensor = trained[sum.Name].ToArray();
            AssertClose(sum.Value.GetDouble(), tensor.Sum(value => (double)value), scale: tensor.Sum(value => Math.Abs((double)value)));
        }
    }

    private static (JsonElement Vector, TestTrainer Trainer, ModelWeights Weights, MatrixDataset Data) Load(string name)
    {
        var vector = Cases.EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
        var architecture = Architecture.Parse(vector.GetProperty("architecture").GetRawText());
        var weights = architecture.Initialize().With("input.mean", Floats(vector, "input_mean")).With("input.std", Floats(vector, "input_std"));
        var x = Floats(vector, "x");
        var y = Floats(vector, "y");
        return (vector, new TestTrainer(architecture), weights, new MatrixDataset(x, x.Length / y.Length, y));
    }

    private static float[] Floats(JsonElement parent, string name) => [.. parent.GetProperty(name).EnumerateArray().Select(value => value.GetSingle())];

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
        {
            AssertClose(expected[i], actual[i], scale);
        }
    }

    private static void AssertClose(double expected, double actual, double? scale = null) =>
        Assert.InRange(actual, expected - (1e-5 * (scale ?? Math.Abs(expected))), expected + (1e-5 * (scale ?? Math.Abs(expected))));
}
