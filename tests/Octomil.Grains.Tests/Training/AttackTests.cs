using Xunit;

namespace Octomil.Training;

/// <summary>Devices that lie: about their labels, and about how much data they have.</summary>
public sealed class AttackTests : IDisposable
{
    // What one honest device is short of against two: ten times over, four bad devices outvote eight good ones by far.
    private const double Boost = 10;

    private readonly CancerScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task FlippedLabelsOfAThird_BreakFedAvg()
    {
        var clean = await _scene.TrainAsync(boost: 0, "fedavg");

        Assert.InRange(clean, 0.95, 1);
        Assert.InRange(await _scene.TrainAsync(Boost, "fedavg"), 0, clean - 0.3);
    }

    [Theory]
    [InlineData("fedmedian", "")]
    [InlineData("fedtrimmedavg", "beta=0.34")]
    [InlineData("krum", "f=4")]
    [InlineData("multikrum", "f=4")]
    [InlineData("rfa", "iterations=10")]
    [InlineData("normbound", "")]
    [InlineData("centeredclip", "")]
    [InlineData("centeredclip", "iterations=3")]
    [InlineData("bucketmedian", "")]
    public async Task FlippedLabelsOfAThird_LeaveARobustStrategyWithin3PercentOfClean(string strategy, string parameter)
    {
        var clean = await _scene.TrainAsync(boost: 0, "fedavg");
        var parameters = parameter.Length == 0 ? Array.Empty<(string, string)>() : [(parameter.Split('=')[0], parameter.Split('=')[1])];

        Assert.InRange(await _scene.TrainAsync(Boost, strategy, parameters), clean - 0.03, 1);
    }

    [Fact]
    public async Task ABillionSamples_CountAsTheCap()
    {
        var (claimed, tally) = await _scene.ClaimAsync("fedavg", 1_000_000_000, most: 64);
        var (capped, _) = await _scene.ClaimAsync("fedavg", 64, most: 64);

        Assert.Equal(capped, claimed);
        Assert.Equal(CancerScene.Devices, tally.Updates);
    }

    [Theory]
    [InlineData("fedmedian")]
    [InlineData("krum")]
    [InlineData("normbound")]
    [InlineData("bucketmedian")]
    public async Task ABillionSamples_AreNothingToARobustStrategy(string strategy)
    {
        var (claimed, _) = await _scene.ClaimAsync(strategy, 1_000_000_000, most: 65536);
        var (honest, _) = await _scene.ClaimAsync(strategy, 40, most: 65536);

        Assert.Equal(honest, claimed);
    }
}
