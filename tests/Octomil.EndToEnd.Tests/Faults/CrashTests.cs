using System.Diagnostics;
using System.Net;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A server that is killed at moments that chance picks, most of them while it seals a round.</summary>
public sealed class CrashTests
{
    private const int Devices = 3;
    private const int Kills = 6;

    // Sealing such a model takes some ten milliseconds, and the last kills come later than that.
    private const int Parameters = 200_000;
    private const int LongestDelayMilliseconds = 150;

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(Parameters);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithTheServerKilledWhileItSeals_EndsWithTheSameWeightsAsTheCalmRun()
    {
        var (seed, output, started) = (Environment.TickCount, TestContext.Current.TestOutputHelper!, Stopwatch.GetTimestamp());
        output.WriteLine($"Seed of the delays: {seed}");
        var random = new Random(seed);

        var calm = await RunAsync(_ => Task.CompletedTask);
        var disturbed = await RunAsync(async server =>
        {
            var delay = random.Next(LongestDelayMilliseconds);
            await Task.Delay(delay, Cancellation);
            await server.KillAsync();
            output.WriteLine($"Killed after {delay} ms, {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s into the test");
            await server.StartAsync(Cancellation);
        });

        Assert.True(calm == disturbed, $"{disturbed} is not the calm run's {calm}. Seed of the delays: {seed}");
    }

    private static async Task<string> RunAsync(Func<ServerProcess, Task> afterTheLastUpdateCame)
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", Kills), ("min_devices", Devices), ("min_updates", Devices));

        for (var round = 1; round <= Kills; round++)
        {
            // All ask: a server that was started again learns so which devices there are.
            var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(round, Cancellation))))[0];
            var first = await devices[0].PutAsync(roundId, round, Cancellation);
            await devices[1].PutAsync(roundId, round, Cancellation);

            // The kill may also come before this last one is answered: then it is sent again, as a device does.
            var last = devices[2].PutUntilAnsweredAsync(roundId, round, Cancellation);
            await afterTheLastUpdateCame(server);
            Assert.Equal(HttpStatusCode.OK, (await last).Status);
            Assert.Equal(first, await devices[0].PutUntilAnsweredAsync(roundId, round, Cancellation));
        }

        var sha256 = await tenant.CompletedAsync(Cancellation);
        Assert.Equal(Enumerable.Repeat(Devices, Kills), await tenant.HistoryAsync(Cancellation));
        return sha256;
    }
}
