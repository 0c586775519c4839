using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

public sealed class UpdateReaderTests
{
    private static readonly byte[] Weight = TestFiles.Floats(1, -2, 3, -4, 5, -6);
    private static readonly byte[] Bias = TestFiles.Floats(0.5f, -0.25f);
    private static readonly float[] Expected = [1, -2, 3, -4, 5, -6, 0.5f, -0.25f];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Read_InPiecesOfAnySize_GivesTheValuesInTheModelsOrder(int pieceBytes)
    {
        var body = TestFiles.File("""{"sample_count":"7"}""", ("dense.0.bias", "F32", [2], Bias), ("steps", "I64", [], new byte[8]), ("dense.0.weight", "F32", [2, 3], Weight), ("input.mean", "F32", [3], TestFiles.Floats(float.NaN, 0, 0)));

        var (content, values) = await TestFiles.ReadAsync(body, TestFiles.Layout, pieceBytes);

        Assert.Equal(Expected, values);
        Assert.Equal(new UpdateContent { SampleCount = 7, CappedSampleCount = 7, MaxAbs = 6, SumOfSquares = 91.3125 }, content);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task Read_OfHalfPrecision_GivesTheSameAsOfFull(int pieceBytes)
    {
        var body = TestFiles.File("""{"sample_count":"7"}""", ("dense.0.weight", "F16", [2, 3], TestFiles.Halves(1, -2, 3, -4, 5, -6)), ("dense.0.bias", "BF16", [2], TestFiles.BrainFloats(0.5f, -0.25f)));

        var (content, values) = await TestFiles.ReadAsync(body, TestFiles.Layout, pieceBytes);

        Assert.Equal(Expected, values);
        Assert.Equal((6, 91.3125), (content.MaxAbs, content.SumOfSquares));
    }
}
