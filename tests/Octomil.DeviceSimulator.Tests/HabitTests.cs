using Octomil.DeviceSimulator.Fleet;
using Octomil.DeviceSimulator.Updates;
using Xunit;

namespace Octomil.DeviceSimulator.Tests;

public sealed class HabitTests
{
    private static readonly SimulationOptions Options = new()
    {
        Servers = [], Keys = [], Model = "m", Devices = 1, HistoryFile = "", DropOut = 0.2, Duplicates = 0.5, SlowShare = 0.1, Think = new ThinkTime(ThinkShape.Exponential, 2, 2),
    };

    [Fact]
    public void Habits_OfManyDevices_AreDrawnWithTheirProbabilities()
    {
        var habits = new DeviceHabits(Options);
        var drawn = Enumerable.Range(0, 4000).Select(i => habits.Of($"device-{i}", round: 1)).ToList();

        Assert.Equal(habits.Of("device-7", 1), drawn[7]);
        Assert.NotEqual(habits.Of("device-7", 2), drawn[7]);
        Assert.InRange(drawn.Count(one => one.DropOut is not DropOut.None), 640, 960);
        Assert.InRange(drawn.Count(one => one.DropOut is DropOut.BreaksOff), 300, 500);
        Assert.InRange(drawn.Count(one => one.IsSentTwice), 1800, 2200);
        Assert.InRange(drawn.Average(one => one.Think.TotalSeconds), 1.8, 2.2);
        Assert.InRange(Enumerable.Range(0, 4000).Count(i => habits.BytesPerSecond($"device-{i}") is not null), 300, 500);
    }

    [Theory]
    [InlineData("2.5", true)]
    [InlineData("uniform:1:3", true)]
    [InlineData("exponential:4", true)]
    [InlineData("uniform:3:1", false)]
    [InlineData("-1", false)]
    [InlineData("normal:1", false)]
    [InlineData("NaN", false)]
    public void ThinkTime_IsReadOrRefused(string text, bool understood) => Assert.Equal(understood, ThinkTime.Parse(text) is not null);

    [Fact]
    public void SeededUpdate_DependsOnSeedDeviceAndBase_AndIsSmall()
    {
        var values = new float[1000];
        SeededUpdate.Of(1, "dev_a", "base").Fill(values);

        Assert.All(values, value => Assert.InRange(value, -1f / 128, 1f / 128));
        Assert.InRange(values.Average(), -0.001, 0.001);
        Assert.Equal(1000, values.Distinct().Count(), 5.0);
        SeededUpdate[] others = [SeededUpdate.Of(2, "dev_a", "base"), SeededUpdate.Of(1, "dev_b", "base"), SeededUpdate.Of(1, "dev_a", "other")];
        Assert.DoesNotContain(SeededUpdate.Of(1, "dev_a", "base"), others);
    }

    [Fact]
    public async Task SlowLine_ThatIsCut_SendsOnlySoMuch()
    {
        using var received = new MemoryStream();
        await using var line = new SlowLine(received, bytesPerSecond: null, breaksOffAfter: 10);

        await line.WriteAsync(new byte[8], TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(async () => await line.WriteAsync(new byte[8], TestContext.Current.CancellationToken));

        Assert.Equal(10, received.Length);
    }
}
