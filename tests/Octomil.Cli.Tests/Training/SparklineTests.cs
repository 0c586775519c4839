namespace Octomil.Training;

public sealed class SparklineTests
{
    [Fact]
    public void Of_RisingValues_Rises() => Assert.Equal("▁▂▃▄▅▆▇█", Sparkline.Of([0, 1, 2, 3, 4, 5, 6, 7], 8, unicode: true));

    [Fact]
    public void Of_EqualValues_IsFlat() => Assert.Equal("▅▅▅", Sparkline.Of([0.5, 0.5, 0.5], 8, unicode: true));

    [Fact]
    public void Of_MoreValuesThanCells_KeepsTheLast() => Assert.Equal("___#", Sparkline.Of([.. Enumerable.Repeat(0.0, 99), 1], 4, unicode: false));

    [Fact]
    public void Of_NothingFinite_IsEmpty() => Assert.Equal("", Sparkline.Of([double.NaN], 8, unicode: true));
}
