using System.Net;
using Npgsql;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>A run that nobody calls: no device asks, and its reminder is gone.</summary>
public sealed class WakingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WhoseServersAllDied_GoesOnWhenTheyStartAgain()
    {
        await using var cluster = await ServerCluster.StartAsync(2);
        var (tenant, devices) = await cluster.CreateTenantAsync(CalmRun.Layout, devices: 2);
        await tenant.StartRunAsync(
            Cancellation, ("rounds", 1), ("min_devices", 2), ("min_updates", 1), ("target_updates", 2), ("round_timeout_seconds", 20));
        var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(1, Cancellation))))[0];
        Assert.Equal(HttpStatusCode.OK, (await devices[0].PutAsync(roundId, 1, Cancellation)).Status);

        await Task.WhenAll(cluster.Servers.Select(server => server.KillAsync()));
        await ForgetRemindersAsync(cluster.Database);
        await Task.WhenAll(cluster.Servers.Select(server => server.StartAsync(Cancellation)));

        // The round's deadline passes, and its one update becomes its result.
        await tenant.UntilAsync(async () => (await tenant.HistoryAsync(Cancellation)) is [1], "the round to close at its deadline", Cancellation);
    }

    private static async Task ForgetRemindersAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var forget = source.CreateCommand("DELETE FROM OrleansRemindersTable");
        Assert.Equal(1, await forget.ExecuteNonQueryAsync(Cancellation));
    }
}
