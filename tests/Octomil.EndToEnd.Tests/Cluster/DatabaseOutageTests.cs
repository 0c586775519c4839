using System.Net;
using System.Text.Json;
using Octomil.Testing;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>A database that goes away in the middle of a round and comes back.</summary>
public sealed class DatabaseOutageTests
{
    private const int Acknowledged = 4;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithADatabaseThatIsAwayForAWhile_SaysSoAndEndsWithTheSameWeightsAsTheCalmRun()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        await using var postgres = await PostgresServer.StartAsync(Cancellation);
        await using var cluster = await ServerCluster.StartAsync(2, postgres);
        var calm = await CalmRun.Sha256Async();
        var (tenant, devices) = await cluster.CreateTenantAsync(CalmRun.Layout, CalmRun.Devices);
        await tenant.StartRunAsync(Cancellation, ("rounds", CalmRun.Rounds), ("min_devices", CalmRun.Devices), ("min_updates", CalmRun.Devices));
        var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(1, Cancellation))))[0];
        var receipts = await Task.WhenAll(devices.Take(Acknowledged).Select(device => device.PutAsync(roundId, 1, Cancellation)));
        Assert.All(receipts, receipt => Assert.Equal(HttpStatusCode.OK, receipt.Status));

        await postgres.StopAsync("immediate", Cancellation);

        foreach (var server in cluster.Servers)
        {
            await AssertNotReadyAsync(server);
        }

        var refused = await devices[Acknowledged].PutAsync(roundId, 1, Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.NotNull(refused.RetryAfter);

        // What no row is needed for in memory yet.
        using var registration = await tenant.Http.PostAsync(
            "/api/v1/devices/register", new StringContent("{\"device_identifier\": \"late\"}", null, "application/json"), Cancellation);
        var unregistered = await Answer.ReadAsync(registration, Cancellation);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (unregistered.Status, unregistered.Code));
        Assert.NotNull(unregistered.RetryAfter);

        await postgres.StartAgainAsync(Cancellation);

        for (var number = 0; number < Acknowledged; number++)
        {
            Assert.Equal(receipts[number], await devices[number].PutUntilAnsweredAsync(roundId, 1, Cancellation));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var takingPart = devices.Select(device => device.TakePartAsync(stop.Token)).ToArray();
        Assert.Equal(calm, await tenant.CompletedAsync(Cancellation));
        await stop.CancelAsync();
        await Task.WhenAll(takingPart);
        Assert.Equal(Enumerable.Repeat(CalmRun.Devices, CalmRun.Rounds), await tenant.HistoryAsync(Cancellation));
    }

    private static async Task AssertNotReadyAsync(ServerProcess server)
    {
        using var ready = await server.Http.GetAsync("/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var health = JsonDocument.Parse(await ready.Content.ReadAsStringAsync(Cancellation)).RootElement;
        Assert.Contains("database is unavailable", health.GetProperty("reasons").GetProperty("storage").GetString(), StringComparison.Ordinal);
    }
}
