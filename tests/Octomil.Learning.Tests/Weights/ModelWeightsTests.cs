using CsCheck;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

public sealed class ModelWeightsTests
{
    private static readonly byte[] File = TestFiles.File(
        """{"format":"pt"}""",
        ("input.mean", "F64", [3], TestFiles.Doubles(1, 2, 3)),
        ("dense.0.weight", "F16", [2, 3], TestFiles.Halves(1, -2, 3, -4, 5, -6)),
        ("dense.0.bias", "F64", [2], TestFiles.Doubles(0.5, -0.25)),
        ("steps", "I64", [], BitConverter.GetBytes(77L)));

    [Fact]
    public async Task Load_OfAnyFloatingPointType_GivesFloat32()
    {
        using var stream = new MemoryStream(File);
        foreach (var weights in new[] { ModelWeights.Load(File), await ModelWeights.LoadAsync(stream, TestContext.Current.CancellationToken) })
        {
            Assert.Equal(TestFiles.Layout, weights.Layout);
            Assert.Equal([1, -2, 3, -4, 5, -6, 0.5f, -0.25f], weights.Trained);
            Assert.Equal([0.5f, -0.25f], weights["dense.0.bias"]);
            Assert.Equal([1, 2, 3], weights.Frozen("input.mean"));
            Assert.Equal(77, BitConverter.ToInt64(weights.FrozenBytes("steps")));
            Assert.True(weights.HasFrozen("steps"));
            Assert.False(weights.HasFrozen("dense.0.bias"));
        }
    }

    [Fact]
    public async Task Save_OfWhatWasLoaded_IsCanonicalAndReadBack()
    {
        var weights = ModelWeights.Load(File);

        var (once, twice) = (await SaveAsync(weights, null), await SaveAsync(ModelWeights.Load(await SaveAsync(weights, null)), null));

        Assert.Equal(once, twice);
        Assert.Equal(weights.Layout.FileBytes, once.Length);
        Assert.NotEqual(once, await SaveAsync(weights, new Dictionary<string, string> { ["version"] = "1.0.0" }));
        Assert.Equal(weights.Trained, ModelWeights.Load(once).Trained);
    }

    [Fact]
    public void With_OfAFrozenTensor_ReplacesItInACopy()
    {
        var weights = ModelWeights.Load(File);

        var scaled = weights.With("input.mean", [7, 8, 9]);

        Assert.Equal([7, 8, 9], scaled.Frozen("input.mean"));
        Assert.Equal([1, 2, 3], weights.Frozen("input.mean"));
        Assert.Same(weights.Trained, scaled.Trained);
        Assert.Throws<ArgumentException>(() => weights.With("input.mean", [7]));
        Assert.Throws<KeyNotFoundException>(() => weights.With("dense.0.bias", [7, 8]));
        Assert.Throws<InvalidOperationException>(() => weights.With("steps", [7]));
        Assert.Throws<KeyNotFoundException>(() => weights["input.mean"].Length);
        Assert.Throws<ArgumentException>(() => weights.WithTrained(new float[3]));
    }

    [Fact]
    public void Create_OfALayout_IsZeroAndNotScaled()
    {
        var layout = WeightsLayout.Create([new("input.mean", TensorType.F32, [2]), new("input.std", TensorType.F32, [2]), new("w", TensorType.F32, [2])]);

        var weights = ModelWeights.Create(layout);

        Assert.Equal([0, 0], weights.Frozen("input.mean"));
        Assert.Equal([1, 1], weights.Frozen("input.std"));
        Assert.Equal([0, 0], weights.Trained);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1e300)]
    public void Load_OfANumberThatFloat32CannotHold_IsRefused(double value) => Assert.Equal(
        WeightsErrors.NotFinite,
        Assert.Throws<WeightsFormatException>(() => ModelWeights.Load(TestFiles.File("", ("w", "F64", [1], TestFiles.Doubles(value))))).Code);

    [Fact]
    public async Task Load_OfPartOfAFile_IsRefused()
    {
        for (var length = 0; length < File.Length; length++)
        {
            using var stream = new MemoryStream(File[..length]);
            Assert.Throws<WeightsFormatException>(() => ModelWeights.Load(File.AsSpan(0, length)));
            await Assert.ThrowsAsync<WeightsFormatException>(() => ModelWeights.LoadAsync(stream, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Update_OfAnyLayoutInAnyPieces_IsReadAsWritten() => await Gen.Select(Gen.Int[1, 5], Gen.Int[0, 70], Gen.Int[1, 400], Gen.Int).SampleAsync(async (tensors, size, pieceBytes, seed) =>
    {
        var layout = WeightsLayout.Create(Enumerable.Range(0, tensors).Select(i => new TensorSpec($"t{i}", TensorType.F32, [size + i])));
        var random = new Random(seed);
        var values = Enumerable.Range(0, (int)layout.ParameterCount).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var sent = new UpdateContent { SampleCount = 1 + random.Next(100), Steps = 3, Loss = 0.1, EvalAccuracy = 0.1 + 0.2, Metrics = "{\"ä\":1}" };
        using var stream = new MemoryStream();

        await UpdateWriter.WriteAsync(stream, layout, values, sent, TestContext.Current.CancellationToken);
        var (content, read) = await TestFiles.ReadAsync(stream.ToArray(), layout, pieceBytes);
        var (again, _) = await TestFiles.ReadAsync(stream.ToArray(), layout, 100_000);

        Assert.Equal(UpdateWriter.GetLength(layout, sent), stream.Length);
        Assert.Equal(values, read);
        Assert.Equal(sent with { CappedSampleCount = sent.SampleCount, MaxAbs = values.DefaultIfEmpty().Max(Math.Abs), SumOfSquares = content.SumOfSquares }, content);
        Assert.Equal(again, content);
        Assert.Equal(values.Sum(value => (double)value * value), content.SumOfSquares, 1e-12);
    }, iter: 300);

    private static async Task<byte[]> SaveAsync(ModelWeights weights, IReadOnlyDictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        await weights.SaveAsync(stream, metadata, TestContext.Current.CancellationToken);
        return stream.ToArray();
    }
}
