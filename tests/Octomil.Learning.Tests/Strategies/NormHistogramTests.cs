using CsCheck;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

public sealed class NormHistogramTests
{
    private static readonly Gen<double[]> Lengths = Gen.Double[0, 1e6].Array[1, 60];

    [Fact]
    public void Median_IsWithinOnePercent() => Lengths.Sample(lengths =>
    {
        double[] sorted = [.. lengths.Order()];
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

        Assert.InRange(Of(lengths).Median, median * 0.99, median * 1.01);
    });

    [Fact]
    public void Subtract_AfterAdd_LeavesTheSameBytes() => Gen.Select(Lengths, Lengths).Sample((first, then) =>
    {
        var histogram = Of(first);
        Array.ForEach(then, histogram.Add);
        Array.ForEach(then, histogram.Subtract);

        Assert.Equal(BytesOf(Of([.. first.Reverse()])), BytesOf(histogram));
    });

    [Fact]
    public void Read_OfWhatWasWritten_IsTheSame() => Lengths.Sample(lengths =>
        Assert.Equal((lengths.Length, Of(lengths).Median), (NormHistogram.Read(BytesOf(Of(lengths))).Count, NormHistogram.Read(BytesOf(Of(lengths))).Median)));

    [Fact]
    public void UnitLength_CountsEveryUpdateAlike()
    {
        var rule = new UnitLengthRule();

        Assert.Equal(0.25, rule.Enter(new UpdateFacts { SumOfSquares = 16 }).Factor);
        Assert.Equal(0, rule.Enter(new UpdateFacts()).Factor);
        Assert.Equal(0.5, rule.Scale(new SumTotals(4, 4, 0) { MedianLength = 2 }).OfSum);
    }

    private static NormHistogram Of(double[] lengths)
    {
        var histogram = new NormHistogram();
        Array.ForEach(lengths, histogram.Add);
        return histogram;
    }

    private static byte[] BytesOf(NormHistogram histogram)
    {
        var bytes = new byte[histogram.Bytes];
        histogram.Write(bytes);
        return bytes;
    }
}
