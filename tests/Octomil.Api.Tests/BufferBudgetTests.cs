using System.Net;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>A server whose memory holds one update of the test's model.</summary>
public sealed class SmallBudgetServer() : RunningServer(
    ("Octomil:Rounds:LookForDevices", "00:00:00.050"),
    ("Octomil:Rounds:BufferBudgetBytes", (1 << 20).ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ("Octomil:Rounds:BufferWait", "00:00:00"));

public sealed class BufferBudgetTests(SmallBudgetServer server) : IClassFixture<SmallBudgetServer>
{
    private const int Parameters = 200_000;

    [Fact]
    public async Task Put_WhileTheBudgetIsUsedUp_Is429AndWorksLater()
    {
        var scene = await TrainingScene.CreateAsync(server, "large", devices: 2, Parameters);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        var update = await TestWeights.UpdateAsync(1, Parameters);
        var slow = new HeldContent(update);

        // The server asks for a body once it has room for it.
        var first = scene.PutUpdateAsync(round, scene.DeviceIds[0], slow, ("Expect", "100-continue"));
        await slow.Asked.SoonAsync("the server to ask for the first body");
        var second = await scene.PutUpdateAsync(round, scene.DeviceIds[1], update);
        slow.Release();

        second.Refused(429, ErrorCodes.Busy);
        Assert.True(second.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        (await first).Ok();
        await Patience.UntilAsync("room for the second update", async () =>
            (await scene.PutUpdateAsync(round, scene.DeviceIds[1], update)).Status is not HttpStatusCode.TooManyRequests);
        await scene.UntilAsync("COMPLETED");
    }
}
