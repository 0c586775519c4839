using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Client.Tests.Training;

/// <summary>Exported files in ONNX Runtime against TorchSharp's output for the same weights and inputs.</summary>
public sealed class OnnxExportTests
{
    private const string Features = "\"features\": [{\"name\": \"a\", \"type\": \"number\"}, {\"name\": \"b\", \"type\": \"category\", \"categories\": [\"x\", \"y\"]}, {\"name\": \"c\", \"type\": \"number\"}]";
    private const string Image = "\"image\": {\"channels\": 2, \"height\": 9, \"width\": 7}";
    private const string Binary = "\"output_type\": \"binary\", \"output_dim\": 1, \"classes\": [\"no\", \"yes\"]";
    private const string Multiclass = "\"output_type\": \"multiclass\", \"output_dim\": 3, \"classes\": [\"p\", \"q\", \"r\"]";
    private const string Regression = "\"output_type\": \"regression\", \"output_dim\": 1";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every kind with every output type and activation of the catalog, on tables and images.</summary>
    public static TheoryData<string> Architectures =>
    [
        .. from output in (string[])[Binary, Multiclass, Regression]
           from layers in (string[])
           [
               $"\"kind\": \"linear\", {Features}",
               .. from activation in Enum.GetValues<Activation>().Where(activation => activation is not Activation.None)
                  from hidden in (string[])
                  [
                      $"\"kind\": \"mlp\", \"hidden\": [5], {Features}",
                      $"\"kind\": \"mlp\", \"hidden\": [6, 4], {Image}",
                      $"\"kind\": \"cnn\", \"conv\": [3], {Image}",
                      $"\"kind\": \"cnn\", \"conv\": [3, 4], \"hidden\": [5], {Image}",
                  ]
                  select $"{hidden}, \"activation\": \"{Word(activation)}\"",
           ]
           select $"{{{layers}, {output}, \"target_col\": \"t\", \"seed\": 7}}",
    ];

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task Export_OfACatalogArchitecture_AnswersAsTorchDoes(string json)
    {
        var architecture = Architecture.Parse(json);
        var weights = Scaled(architecture);
        using var session = new InferenceSession(await ExportAsync(architecture, weights));

        foreach (var rows in (int[])[1, 5])
        {
            var input = Input(architecture, rows);
            var logits = new TestTrainer(architecture).Predict(weights, new MatrixDataset(input, architecture.ColumnCount, new float[rows]));

            var answers = Run(session, architecture, input, rows);

            AssertClose(logits, answers[OnnxNames.Logits]);
            Assert.Equal(architecture.OutputType is not OutputType.Regression, answers.ContainsKey(OnnxNames.Probabilities));
            if (answers.TryGetValue(OnnxNames.Probabilities, out var probabilities))
            {
                AssertClose(Probabilities(logits, architecture), probabilities);
            }
        }
    }

    [Fact]
    public async Task Export_OfATable_TakesMissingNumbersForTheirMean()
    {
        var architecture = Architecture.Parse(Architectures.First(row => row.Data.Contains("mlp", StringComparison.Ordinal)).Data);
        var weights = Scaled(architecture);
        using var session = new InferenceSession(await ExportAsync(architecture, weights));
        var mean = weights.Frozen("input.mean").ToArray();

        var missing = Run(session, architecture, [float.NaN, 1, 0, float.NaN], 1);
        var atMean = Run(session, architecture, [mean[0], 1, 0, mean[3]], 1);

        Assert.Equal(atMean[OnnxNames.Logits], missing[OnnxNames.Logits]);
        Assert.All(missing[OnnxNames.Logits], value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public async Task Export_CarriesWhatServingNeeds()
    {
        var architecture = Architecture.Parse($"{{\"kind\": \"linear\", {Features}, {Binary}, \"target_col\": \"t\"}}");

        var file = await ExportAsync(architecture, Scaled(architecture));

        using var session = new InferenceSession(file);
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal(("radiology-v1", "2.0.0"), (metadata[OnnxNames.Model], metadata[OnnxNames.Version]));
        Assert.Equal(["no", "yes"], JsonSerializer.Deserialize<string[]>(metadata[OnnxNames.Classes])!);
        Assert.Equal(["a", "b", "c"], JsonDocument.Parse(metadata[OnnxNames.Features]).RootElement.EnumerateArray().Select(feature => feature.GetProperty("name").GetString()));
        Assert.Equal(architecture, Architecture.Parse(metadata[OnnxNames.Architecture]));
        Assert.Equal([-1, 4], session.InputMetadata[OnnxNames.Input].Dimensions);
        Assert.Equal(file, await ExportAsync(architecture, Scaled(architecture)));
    }

    [Fact]
    public async Task Export_OfWeightsOfAnotherArchitecture_IsRefused()
    {
        var linear = Architecture.Parse($"{{\"kind\": \"linear\", {Features}, {Binary}, \"target_col\": \"t\"}}");
        var mlp = Architecture.Parse($"{{\"kind\": \"mlp\", \"hidden\": [2], {Features}, {Binary}, \"target_col\": \"t\"}}");

        await Assert.ThrowsAsync<ArgumentException>(() => ExportAsync(linear, mlp.Initialize()));
    }

    private static async Task<byte[]> ExportAsync(Architecture architecture, ModelWeights weights)
    {
        using var file = new MemoryStream();
        await OnnxExport.WriteAsync(file, architecture, weights, ("radiology-v1", "2.0.0"), Cancellation);
        return file.ToArray();
    }

    private static ModelWeights Scaled(Architecture architecture)
    {
        var random = new Random(3);
        return architecture.Initialize()
            .With("input.mean", [.. Enumerable.Range(0, architecture.ScaleCount).Select(_ => random.NextSingle() - 0.5f)])
            .With("input.std", [.. Enumerable.Range(0, architecture.ScaleCount).Select(_ => random.NextSingle() + 0.5f)]);
    }

    private static float[] Input(Architecture architecture, int rows)
    {
        var random = new Random(rows);
        return [.. Enumerable.Range(0, rows * architecture.ColumnCount).Select(_ => random.NextSingle() * 3)];
    }

    private static Dictionary<string, float[]> Run(InferenceSession session, Architecture architecture, float[] input, int rows)
    {
        int[] shape = architecture.Image is { } image ? [rows, image.Channels, image.Height, image.Width] : [rows, architecture.ColumnCount];
        using var answers = session.Run([NamedOnnxValue.CreateFromTensor(OnnxNames.Input, new DenseTensor<float>(input, shape))]);
        return answers.ToDictionary(answer => answer.Name, answer => answer.AsTensor<float>().ToArray(), StringComparer.Ordinal);
    }

    private static float[] Probabilities(float[] logits, Architecture architecture) => architecture.OutputType is OutputType.Binary
        ? [.. logits.SelectMany(logit => new[] { 1 - Sigmoid(logit), Sigmoid(logit) }).Select(value => (float)value)]
        : [.. logits.Chunk(architecture.OutputDim).SelectMany(Softmax)];

    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    private static IEnumerable<float> Softmax(float[] logits) =>
        logits.Select(logit => (float)(Math.Exp(logit) / logits.Sum(other => Math.Exp(other))));

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f * Math.Max(1, Math.Abs(pair.First))));
    }

    // The wire's words are the names in lower case.
#pragma warning disable CA1308
    private static string Word(Activation activation) => activation.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
