using System.Net;
using Microsoft.AspNetCore.Http.Connections;
using Octomil.Testing;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>Three servers that do one server's work.</summary>
[Collection(SharedCluster.Collection)]
public sealed class ClusterTests(SharedCluster shared)
{
    private const int Devices = CalmRun.Devices;
    private const int Rounds = CalmRun.Rounds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_FoldedOnThreeServers_EndsWithTheSameWeightsAsOnOne()
    {
        var cluster = Cluster();
        var calm = await CalmRun.Sha256Async();
        var (tenant, devices) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));

        for (var round = 1; round <= Rounds; round++)
        {
            var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(round, Cancellation))))[0];
            var host = await cluster.HostOfAsync(roundId);

            foreach (var device in devices)
            {
                Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, round, Cancellation)).Status);
            }

            // The log comes after the answers.
            await host.UntilAsync(
                () => Task.FromResult(host.Process.Lines.Count(line => line.Contains($"Round {roundId}: registration 1 ", StringComparison.Ordinal)) == cluster.Servers.Length),
                "a first registration for every server's fold", Cancellation);
        }

        Assert.Equal(calm, await tenant.CompletedAsync(Cancellation));
        Assert.Equal(Enumerable.Repeat(Devices, Rounds), await tenant.On(cluster.Servers[2]).HistoryAsync(Cancellation));
    }

    [Fact]
    public async Task Round_IsToldToTheDevicesOfEveryServer()
    {
        var cluster = Cluster();
        var (tenant, scripted) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        var devices = await ConnectAsync(cluster, tenant, scripted);

        await tenant.StartRunAsync(Cancellation, ("rounds", 1), ("min_devices", Devices), ("min_updates", Devices));
        var told = await Task.WhenAll(devices.Select(device => device.AssignedAsync(Cancellation)));
        var roundId = Assert.Single(told.Distinct());

        foreach (var device in scripted)
        {
            Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, 1, Cancellation)).Status);
        }

        Assert.All(await Task.WhenAll(devices.Select(device => device.ClosedAsync(Cancellation))), closed => Assert.Equal(roundId, closed));
        await DisposeAsync(devices);
    }

    [Fact]
    public async Task Key_RevokedOnOneServer_EndsItsConnectionsOnAll()
    {
        var cluster = Cluster();
        var (tenant, scripted) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        var created = await tenant.PostAsync("/api-keys", new { name = "devices", scopes = new[] { "devices:write" } }, Cancellation);
        var key = new Tenant(cluster.Servers[0], created.GetProperty("api_key").GetString()!);
        var revoked = await ConnectAsync(cluster, key, scripted);
        var others = await ConnectAsync(cluster, tenant, scripted);

        await tenant.PostAsync($"/api-keys/{created.GetProperty("id").GetString()}/revoke", new { }, Cancellation);

        Assert.All(await Task.WhenAll(revoked.Select(device => device.RevokedAsync(Cancellation))), reason => Assert.Contains("revoked", reason, StringComparison.Ordinal));
        await Task.WhenAll(revoked.Select(device => device.LostAsync(Cancellation)));

        foreach (var server in cluster.Servers)
        {
            using var refused = await key.On(server).Http.GetAsync("/api/v1/models", Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        await Task.WhenAll(others.Select(device => device.HeartbeatAsync(Cancellation)));
        await DisposeAsync([.. revoked, .. others]);
    }

    private ServerCluster Cluster()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        return shared.Cluster;
    }

    private static Task<HubDevice[]> ConnectAsync(ServerCluster cluster, Tenant tenant, ScriptedDevice[] devices) => Task.WhenAll(devices.Select((device, number) =>
        HubDevice.ConnectAsync(device.Id, cluster.Servers[number % cluster.Servers.Length].Address, tenant.Key, HttpTransportType.WebSockets, Cancellation)));

    private static async Task DisposeAsync(HubDevice[] devices)
    {
        foreach (var device in devices)
        {
            await device.DisposeAsync();
        }
    }
}
