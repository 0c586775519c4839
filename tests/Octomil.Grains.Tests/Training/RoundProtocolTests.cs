using CsCheck;
using Xunit;

namespace Octomil.Training;

/// <summary>Random ways through <see cref="ProtocolWorld"/>: nothing is counted twice, nothing that was answered is lost, whatever happens.</summary>
public sealed class RoundProtocolTests
{
    // Each number chooses one of the steps that are possible at its turn.
    private static readonly Gen<int[]> Ways = Gen.Int[0, 1_000_000].Array[1, 120];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Protocol_OnAnyWay_CountsEachUpdateOnceAndLosesNothingThatWasAnswered(bool inBuckets) => Ways.Sample(
        choices =>
        {
            var world = new ProtocolWorld(inBuckets);

            foreach (var choice in choices)
            {
                var steps = world.Enabled();
                steps[choice % steps.Count]();
                Assert.Null(world.Violation());
            }
        },
        iter: 30_000);

    [Fact]
    public void Protocol_ThatWentOnWithUpdatesOfTheExcluded_WouldBeFound()
    {
        var found = 0;

        Ways.Sample(
            choices =>
            {
                var world = new ProtocolWorld(inBuckets: false, startsAgain: false);

                foreach (var choice in choices)
                {
                    var steps = world.Enabled();
                    steps[choice % steps.Count]();
                    Interlocked.Add(ref found, world.Violation()?.Contains("confirmed to be out", StringComparison.Ordinal) is true ? 1 : 0);
                }
            },
            iter: 30_000);

        Assert.True(found > 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Protocol_OnRandomWays_GetsSomewhere(bool inBuckets)
    {
        var (counted, acknowledged, closed, excluded, results) = (0, 0, 0, 0, 0);

        Ways.Sample(
            choices =>
            {
                var world = new ProtocolWorld(inBuckets);

                foreach (var choice in choices)
                {
                    var steps = world.Enabled();
                    steps[choice % steps.Count]();
                }

                Interlocked.Add(ref counted, world.Counted);
                Interlocked.Add(ref acknowledged, world.Acknowledged);
                Interlocked.Add(ref closed, world.IsSealed ? 1 : 0);
                Interlocked.Add(ref excluded, world.IsConfirmed ? 1 : 0);
                Interlocked.Add(ref results, world.HasResult ? 1 : 0);
            },
            iter: 2_000);

        // Otherwise the test above would prove nothing.
        Assert.True(
            counted > 500 && acknowledged > 200 && closed > 200 && excluded > 200 && results > 200,
            $"{counted} counted, {acknowledged} acknowledged, {closed} sealed, {excluded} excluded, {results} results");
    }
}
