using Microsoft.AspNetCore.Http.Connections;
using Octomil.Client;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>Devices that know one address, behind which are several servers.</summary>
public sealed class BalancerTests
{
    private const int Devices = 12;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LongPolling_BehindNginx_StaysWithOneServerAndGoesToAnotherWhenThatDies()
    {
        await using var cluster = await ServerCluster.StartAsync(3);
        await using var nginx = await NginxProcess.StartAsync(cluster.Servers);
        var (tenant, scripted) = await cluster.CreateTenantAsync(CalmRun.Layout, Devices);
        var devices = await Task.WhenAll(scripted.Select(device => ConnectAsync(nginx, tenant, device.Id)));

        // Several requests each, all of which must find the connection.
        for (var beat = 0; beat < 3; beat++)
        {
            await Task.WhenAll(devices.Select(device => device.HeartbeatAsync(Cancellation)));
        }

        var serverOf = devices.ToDictionary(device => device.Id, device => Assert.Single(nginx.ServersOf(device.Id)));
        Assert.True(serverOf.Values.Distinct().Count() > 1, $"All went to one server: {serverOf.Values.First()}.");

        await tenant.StartRunAsync(Cancellation, ("rounds", 1), ("min_devices", Devices), ("min_updates", Devices));
        var roundId = Assert.Single((await Task.WhenAll(devices.Select(device => device.AssignedAsync(Cancellation)))).Distinct());

        var victim = cluster.Servers.First(server => serverOf.ContainsValue(new Uri(server.Address).Authority));
        var lost = devices.Where(device => serverOf[device.Id] == new Uri(victim.Address).Authority).ToArray();
        var others = devices.Except(lost).ToArray();
        await victim.KillAsync();
        await Task.WhenAll(lost.Select(device => device.LostAsync(Cancellation)));

        foreach (var device in lost)
        {
            await using var again = await ConnectAgainAsync(nginx, tenant, device.Id);
            var hello = await again.HelloAsync(Cancellation);
            Assert.Equal(roundId, Assert.Single(hello.Assignments).RoundId);
        }

        Assert.All(others, device => Assert.True(device.IsConnected, $"Device {device.Id} was disturbed."));

        foreach (var device in devices)
        {
            await device.DisposeAsync();
        }
    }

    [Fact]
    public async Task Clients_BehindNginx_TrainTogether()
    {
        await using var cluster = await ServerCluster.StartAsync(2);
        await using var nginx = await NginxProcess.StartAsync(cluster.Servers);
        using var tenant = await Tenant.CreateAsync(cluster.Servers[0], Cancellation);
        await tenant.PushAsync(CalmRun.Layout, Cancellation);
        var training = Enumerable.Range(0, 4).Select(number => TrainAsync(nginx, tenant, $"hospital-{number}")).ToArray();
        await tenant.StartRunAsync(Cancellation, ("rounds", 2), ("min_devices", 4), ("min_updates", 4));

        Assert.All(await Task.WhenAll(training), summary => Assert.Equal(2, summary.RoundsTrained));
        await tenant.CompletedAsync(Cancellation);
        Assert.Equal(Enumerable.Repeat(4, 2), await tenant.HistoryAsync(Cancellation));
    }

    private static async Task<TrainingSummary> TrainAsync(NginxProcess nginx, Tenant tenant, string identifier)
    {
        using var client = new FederatedClient(tenant.Key, identifier, new FederatedClientOptions { ApiBase = nginx.Address });
        return await client.TrainFromRemoteAsync(
            Tenant.Model, weights => new LocalTrainingResult(weights.WithTrained([.. weights.Trained.Select(value => value + 0.25f)]), SampleCount: 20), 2, Wait.Patience, Cancellation);
    }

    private static Task<HubDevice> ConnectAsync(NginxProcess nginx, Tenant tenant, string id) =>
        HubDevice.ConnectAsync(id, nginx.Address, tenant.Key, HttpTransportType.LongPolling, Cancellation);

    // Until the death is known, what a dead silo had in its hands may not be answered.
    private static async Task<HubDevice> ConnectAgainAsync(NginxProcess nginx, Tenant tenant, string id)
    {
        HubDevice? device = null;
        await tenant.UntilAsync(
            async () =>
            {
                try
                {
                    device = await ConnectAsync(nginx, tenant, id);
                    return true;
                }
                catch (Exception exception) when (exception is HttpRequestException or InvalidOperationException or Microsoft.AspNetCore.SignalR.HubException)
                {
                    return false;
                }
            },
            $"{id} to connect again", Cancellation);
        return device!;
    }
}
