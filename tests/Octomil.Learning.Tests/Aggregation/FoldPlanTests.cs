using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Tests.Aggregation;

public sealed class FoldPlanTests
{
    [Theory]
    [InlineData(1024, 65536, 10_000, 10 - (62 - 16 - 14))]
    [InlineData(1, 1, 1, -62)]
    [InlineData(1.5, 1, 1, 1 - 62)]
    [InlineData(0.25, 2, 3, -2 - (62 - 1 - 2))]
    [InlineData(1024.0001, 65537, 16_385, 11 - (62 - 17 - 15))]
    public void Step_OfAPlan_IsThePowerOfTwoOfItsBounds(double magnitude, long weight, long updates, int exponent) =>
        Assert.Equal(Math.ScaleB(1, exponent), new FoldPlan(magnitude, weight, updates).Step);

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(-1, 1, 1)]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(double.PositiveInfinity, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(1, 1L << 40, 1L << 10)]
    public void Plan_WithoutRoomForItsValues_IsRefused(double magnitude, long weight, long updates) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FoldPlan(magnitude, weight, updates));
}
