using System.Diagnostics;
using System.Net;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>A server of three that is killed in the middle of a round.</summary>
public sealed class ServerDeathTests
{
    private const int Servers = 3;
    private const int Devices = CalmRun.Devices;
    private const int Rounds = CalmRun.Rounds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WithAServerKilledInItsRound_EndsWithTheSameWeightsAsTheCalmRun(bool theOneThatHostsTheRound)
    {
        await using var cluster = await ServerCluster.StartAsync(Servers);
        var calm = await CalmRun.Sha256Async();
        var (tenant, devices) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));
        var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(1, Cancellation))))[0];
        var host = await cluster.HostOfAsync(roundId);

        // One update is acknowledged on each server, one more will come.
        var receipts = new List<Answer>();

        foreach (var device in devices.Take(Servers))
        {
            receipts.Add(await device.PutAsync(roundId, 1, Cancellation));
        }

        Assert.All(receipts, receipt => Assert.Equal(HttpStatusCode.OK, receipt.Status));
        var victim = theOneThatHostsTheRound ? host : cluster.Servers.First(server => server != host);
        await victim.KillAsync();
        var killed = Stopwatch.GetTimestamp();

        // The devices of the dead one go to the others.
        var alive = cluster.Servers.Where(server => server.IsRunning).ToArray();
        devices = [.. devices.Select((device, number) => ServerCluster.Move(device, tenant, CalmRun.Layout, number, alive[number % alive.Length]))];
        var first = await devices[Servers].PutUntilAnsweredAsync(roundId, 1, Cancellation);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"From the kill to the next accepted update: {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s (the round's host: {theOneThatHostsTheRound})");
        Assert.Equal(HttpStatusCode.OK, first.Status);

        foreach (var survivor in alive)
        {
            await survivor.Process.LineAsync("is dead; the open runs are woken", Cancellation);
        }

        // What was acknowledged is counted still, and once: a repeat gets its receipt.
        for (var number = 0; number < Servers; number++)
        {
            Assert.Equal(receipts[number], await devices[number].PutUntilAnsweredAsync(roundId, 1, Cancellation));
        }

        await FinishAsync(tenant.On(alive[0]), devices, calm);
    }

    [Fact]
    public async Task Run_WithTwoServersKilledAtOnce_IsEndedByTheOneThatIsLeft()
    {
        await using var cluster = await ServerCluster.StartAsync(Servers);
        var calm = await CalmRun.Sha256Async();
        var (tenant, devices) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));
        var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(1, Cancellation))))[0];
        var receipts = await Task.WhenAll(devices.Take(Servers).Select(device => device.PutAsync(roundId, 1, Cancellation)));
        Assert.All(receipts, receipt => Assert.Equal(HttpStatusCode.OK, receipt.Status));

        // The round's own is among them, and nobody is left to vote with.
        var host = await cluster.HostOfAsync(roundId);
        var survivor = cluster.Servers.First(server => server != host);
        await Task.WhenAll(cluster.Servers.Where(server => server != survivor).Select(server => server.KillAsync()));
        var killed = Stopwatch.GetTimestamp();
        devices = [.. devices.Select((device, number) => ServerCluster.Move(device, tenant, CalmRun.Layout, number, survivor))];

        Assert.Equal(HttpStatusCode.OK, (await devices[Servers].PutUntilAnsweredAsync(roundId, 1, Cancellation)).Status);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"From the death of two to the next update that the third accepts: {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s");
        Assert.Equal(receipts[0], await devices[0].PutUntilAnsweredAsync(roundId, 1, Cancellation));
        await FinishAsync(tenant.On(survivor), devices, calm);
    }

    [Fact]
    public async Task Run_WithTheServerOfItsRoundFrozenUntilItIsTakenForDead_CountsNothingTwiceAndLosesNothing()
    {
        await using var cluster = await ServerCluster.StartAsync(Servers);
        var calm = await CalmRun.Sha256Async();
        var (tenant, devices) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));
        var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(1, Cancellation))))[0];
        var victim = await cluster.HostOfAsync(roundId);

        foreach (var device in devices.Take(Servers))
        {
            Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, 1, Cancellation)).Status);
        }

        victim.Process.Signal("STOP");
        var alive = cluster.Servers.Where(server => server != victim).ToArray();
        devices = [.. devices.Select((device, number) => ServerCluster.Move(device, tenant, CalmRun.Layout, number, alive[number % alive.Length]))];

        // Answered only by an activation on another server, so once the frozen one is taken for dead.
        Assert.Equal(HttpStatusCode.OK, (await devices[Servers].PutUntilAnsweredAsync(roundId, 1, Cancellation)).Status);
        victim.Process.Signal("CONT");

        // It may serve for a moment before it learns that it is dead: what it is sent counts once as well, or not at all.
        using var late = tenant.On(victim);
        await SendToADeadOneAsync(late, devices[Servers + 1], roundId);
        await FinishAsync(tenant.On(alive[0]), devices, calm);
        Assert.NotEqual(0, await victim.Process.EndAsync(Wait.Patience, Cancellation));
    }

    private static async Task SendToADeadOneAsync(Tenant tenant, ScriptedDevice device, string roundId)
    {
        try
        {
            await tenant.PutAsync(roundId, device.Id, await device.UpdateOfAsync(1, Cancellation), Cancellation);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            // It is gone already, or does not answer any more.
        }
    }

    private static async Task FinishAsync(Tenant tenant, ScriptedDevice[] devices, string calm)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var takingPart = devices.Select(device => device.TakePartAsync(stop.Token)).ToArray();
        var sha256 = await tenant.CompletedAsync(Cancellation);
        await stop.CancelAsync();
        await Task.WhenAll(takingPart);

        Assert.Equal(calm, sha256);
        Assert.Equal(Enumerable.Repeat(Devices, Rounds), await tenant.HistoryAsync(Cancellation));
    }
}
