using CsCheck;
using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Tests.Aggregation;

public sealed class ExactSumsTests
{
    // Around every border between the planes.
    private static readonly Gen<long> Sum =
        from bits in Gen.OneOf(Gen.Int[0, 61], Gen.Int[4, 7].Select(bytes => (8 * bytes) - 1), Gen.Int[4, 7].Select(bytes => 8 * bytes))
        from near in Gen.Long[-2, 2]
        from sign in Gen.Bool.Select(positive => positive ? 1L : -1L)
        select sign * ((1L << bits) + near);

    [Fact]
    public void Load_OfAnySums_KeepsThem() => Sum.Array[1, 50].Sample(values =>
    {
        var sums = new ExactSums(values.Length + 3);

        sums.Load(2, values);

        Assert.Equal([0, 0, .. values, 0], sums.ToArray());
    });

    [Fact]
    public void Clear_OfAnySums_LeavesZeros() => Sum.Array[1, 50].Sample(values =>
    {
        var sums = new ExactSums(values.Length);
        sums.Load(0, values);

        sums.Clear();

        Assert.All(sums.ToArray(), sum => Assert.Equal(0, sum));
        Assert.Equal(5, sums.SignificantBytes);
    });

    [Theory]
    [InlineData((1L << 39) - 1, 5)]
    [InlineData(-(1L << 39), 5)]
    [InlineData(1L << 39, 8)]
    [InlineData(-(1L << 39) - 1, 8)]
    [InlineData(1L << 62, 8)]
    public void SignificantBytes_OfTheWidestSum_HoldIt(long widest, int bytes)
    {
        var sums = new ExactSums(20);
        sums.Load(13, [widest]);

        Assert.Equal(bytes, sums.SignificantBytes);
    }

    [Fact]
    public void Create_OfPlanesOfDifferentLengths_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExactSums(new uint[3], new sbyte[3], new int[4]));
}
