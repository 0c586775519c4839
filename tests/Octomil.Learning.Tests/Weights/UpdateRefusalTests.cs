using System.IO.Compression;
using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

public sealed class UpdateRefusalTests
{
    private const string Metadata = """{"sample_count":"7"}""";
    private static readonly byte[] Weight = TestFiles.Floats(1, -2, 3, -4, 5, -6);
    private static readonly byte[] Bias = TestFiles.Floats(0.5f, -0.25f);

    [Fact]
    public async Task Read_OfANumPyFile_SaysThatRawDataMustStay()
    {
        var exception = await RefusedAsync([0x93, .. "NUMPY"u8, 1, 0, .. new byte[200]], WeightsErrors.NotWeights);

        Assert.Contains("NumPy", exception.Message, StringComparison.Ordinal);
        Assert.Contains("never leave the device", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfAZip_SaysSo()
    {
        using var stream = new MemoryStream();
        await using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntry("archive/data.pkl");
        }

        Assert.Contains("zip", (await RefusedAsync(stream.ToArray(), WeightsErrors.NotWeights)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(5, "not a safetensors file")]
    [InlineData(100, "not a safetensors file")]
    public async Task Read_OfZeros_IsNotWeights(int length, string expected) =>
        Assert.Contains(expected, (await RefusedAsync(new byte[length], WeightsErrors.NotWeights)).Message, StringComparison.Ordinal);

    [Fact]
    public Task Read_OfJson_IsNotWeights() => RefusedAsync("""{"weights": [1, 2, 3]}"""u8.ToArray(), WeightsErrors.NotWeights);

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(20_000_000)]
    public Task Read_OfAHeaderFarTooLongForTheModel_IsRefusedUnread(long length) =>
        RefusedAsync([.. BitConverter.GetBytes(length), .. new byte[100]], WeightsErrors.HeaderTooLarge);

    [Fact]
    public async Task Read_OfAnUnknownTensor_NamesIt() =>
        Assert.Equal("dense.9.weight", (await RefusedAsync(Update(("dense.9.weight", "F32", [2], Bias)), WeightsErrors.UnknownTensor)).Tensor);

    [Fact]
    public async Task Read_WithoutATensor_NamesIt()
    {
        var exception = await RefusedAsync(TestFiles.File(Metadata, ("dense.0.weight", "F32", [2, 3], Weight)), WeightsErrors.MissingTensor);

        Assert.Equal("dense.0.bias", exception.Tensor);
    }

    [Theory]
    [InlineData(2L)]
    [InlineData(3L, 2L)]
    [InlineData()]
    public async Task Read_OfAnotherShape_SaysBoth(params long[] shape)
    {
        var elements = shape.Aggregate(1L, (product, size) => product * size);
        var exception = await RefusedAsync(TestFiles.File(Metadata, ("dense.0.weight", "F32", shape, TestFiles.Floats(new float[elements]))), WeightsErrors.WrongShape);

        Assert.Contains($"[{string.Join(", ", shape)}]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3]", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dense.0.bias", "F64", 2, 16)]
    [InlineData("dense.0.bias", "I32", 2, 8)]
    [InlineData("dense.0.bias", "F8_E4M3", 2, 2)]
    [InlineData("input.mean", "I32", 3, 12)]
    public async Task Read_OfAnotherType_NamesTheTensor(string name, string type, long size, int bytes) =>
        Assert.Equal(name, (await RefusedAsync(TestFiles.File(Metadata, (name, type, [size], new byte[bytes])), WeightsErrors.WrongType)).Tensor);

    [Theory]
    [InlineData(float.NaN, "F32")]
    [InlineData(float.PositiveInfinity, "F32")]
    [InlineData(float.NegativeInfinity, "F16")]
    [InlineData(float.NaN, "BF16")]
    public async Task Read_OfAValueThatIsNotFinite_NamesTheTensor(float value, string type)
    {
        var data = type switch { "F16" => TestFiles.Halves(0, value), "BF16" => TestFiles.BrainFloats(0, value), _ => TestFiles.Floats(0, value) };

        Assert.Equal("dense.0.bias", (await RefusedAsync(Update(("dense.0.bias", type, [2], data)), WeightsErrors.NotFinite)).Tensor);
    }

    [Fact]
    public async Task Read_OfATooLargeDifference_SaysTheBoundAndNotTheValue()
    {
        var exception = await RefusedAsync(Update(("dense.0.bias", "F32", [2], TestFiles.Floats(0, -4321.5f))), WeightsErrors.MagnitudeExceeded);

        Assert.Contains("1024", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4321", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfLargeWeights_IsNoMatterOfMagnitude()
    {
        var body = TestFiles.File("""{"sample_count":"7","update_format":"weights"}""", ("dense.0.weight", "F32", [2, 3], Weight), ("dense.0.bias", "F32", [2], TestFiles.Floats(0, 4000)));

        var (content, values) = await TestFiles.ReadAsync(body, TestFiles.Layout, 100);

        Assert.Equal((UpdateFormat.Weights, 4000), (content.Format, content.MaxAbs));
        var baseWeights = new float[] { 0, 0, 0, 0, 0, 0, 0, 3999 };
        var difference = UpdateDifference.Take(content, TestFiles.Layout, values, baseWeights, TestFiles.Limits);
        Assert.Equal((UpdateFormat.Difference, 6, 92), (difference.Format, difference.MaxAbs, difference.SumOfSquares));
        Assert.Equal([1, -2, 3, -4, 5, -6, 0, 1], values);
        Assert.Equal(WeightsErrors.MagnitudeExceeded, Assert.Throws<WeightsFormatException>(() =>
            UpdateDifference.Take(content, TestFiles.Layout, values, new float[] { 0, 0, 0, 0, 0, 0, 5000, 0 }, TestFiles.Limits)).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(30)]
    [InlineData(150)]
    public async Task Read_OfATruncatedBody_SaysSo(int missing)
    {
        var body = Update(("dense.0.bias", "F32", [2], Bias));

        await RefusedAsync(body[..^missing], WeightsErrors.Truncated);
    }

    [Fact]
    public Task Read_WithBytesAfterTheEnd_IsRefused() => RefusedAsync([.. Update(("dense.0.bias", "F32", [2], Bias)), 0], WeightsErrors.TrailingBytes);

    [Theory]
    [InlineData("sample_count", "{}")]
    [InlineData("sample_count", """{"sample_count":"0"}""")]
    [InlineData("sample_count", """{"sample_count":"-1"}""")]
    [InlineData("sample_count", """{"sample_count":"1.5"}""")]
    [InlineData("sample_count", """{"sample_count":"99999999999999999999"}""")]
    [InlineData("update_format", """{"sample_count":"1","update_format":"gradient"}""")]
    [InlineData("steps", """{"sample_count":"1","steps":"many"}""")]
    [InlineData("loss", """{"sample_count":"1","loss":"NaN"}""")]
    [InlineData("loss", """{"sample_count":"1","loss":"0,5"}""")]
    [InlineData("eval_loss", """{"sample_count":"1","eval_loss":"Infinity"}""")]
    [InlineData("eval_count", """{"sample_count":"1","eval_count":"-3"}""")]
    [InlineData("eval_accuracy", """{"sample_count":"1","eval_accuracy":"1.01"}""")]
    [InlineData("metrics", """{"sample_count":"1","metrics":"[1]"}""")]
    [InlineData("metrics", """{"sample_count":"1","metrics":"{\"a\":\"b\"}"}""")]
    [InlineData("metrics", """{"sample_count":"1","metrics":"{\"a\":1,\"a\":2}"}""")]
    [InlineData("metrics", """{"sample_count":"1","metrics":"{\"a\":{}}"}""")]
    [InlineData("metrics", """{"sample_count":"1","metrics":"{\"a\":1e999}"}""")]
    public async Task Read_OfWrongMetadata_NamesTheKey(string key, string metadata)
    {
        var body = TestFiles.File(metadata, ("dense.0.weight", "F32", [2, 3], Weight), ("dense.0.bias", "F32", [2], Bias));

        Assert.Contains($"'{key}'", (await RefusedAsync(body, WeightsErrors.InvalidMetadata)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_OfMetadata_KeepsAllOfIt()
    {
        var metadata = """{"sample_count":"70000","steps":"12","loss":"0.5","eval_count":"9","eval_loss":"1e-3","eval_accuracy":"1","metrics":"{\"auc\":0.75}","other":"ignored"}""";
        var body = TestFiles.File(metadata, ("dense.0.weight", "F32", [2, 3], Weight), ("dense.0.bias", "F32", [2], Bias));

        var (content, _) = await TestFiles.ReadAsync(body, TestFiles.Layout, 1000);

        Assert.Equal(
            new UpdateContent { SampleCount = 70_000, CappedSampleCount = 65_536, Steps = 12, Loss = 0.5, EvalCount = 9, EvalLoss = 0.001, EvalAccuracy = 1, Metrics = """{"auc":0.75}""", MaxAbs = 6, SumOfSquares = 91.3125 },
            content);
    }

    [Fact]
    public Task Read_IntoAnotherLength_IsTheCallersMistake() => Assert.ThrowsAsync<ArgumentException>(async () => await UpdateReader.ReadAsync(
        System.IO.Pipelines.PipeReader.Create(Stream.Null), TestFiles.Layout, TestFiles.Limits, new float[3], TestContext.Current.CancellationToken));

    private static byte[] Update((string Name, string Type, long[] Shape, byte[] Data) tensor) =>
        TestFiles.File(Metadata, ("dense.0.weight", "F32", [2, 3], Weight), tensor);

    private static async Task<WeightsFormatException> RefusedAsync(byte[] body, string code)
    {
        foreach (var pieceBytes in new[] { 1, 17, 100_000 })
        {
            Assert.Equal(code, (await Assert.ThrowsAsync<WeightsFormatException>(() => TestFiles.ReadAsync(body, TestFiles.Layout, pieceBytes))).Code);
        }

        return await Assert.ThrowsAsync<WeightsFormatException>(() => TestFiles.ReadAsync(body, TestFiles.Layout, 64));
    }
}
