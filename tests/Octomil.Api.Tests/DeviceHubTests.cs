using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Octomil.Api.Tests.Fixtures;
using Octomil.Devices;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class DeviceHubTests(ApiServer server)
{
    [Theory]
    [InlineData(HttpTransportType.WebSockets, false)]
    [InlineData(HttpTransportType.WebSockets, true)]
    [InlineData(HttpTransportType.LongPolling, false)]
    [InlineData(HttpTransportType.LongPolling, true)]
    public async Task Hub_TellsOfRoundsAndTheirEnd(HttpTransportType transport, bool messagePack)
    {
        var name = $"hub-{transport}-{messagePack}".ToLowerInvariant();
        var scene = await TrainingScene.CreateAsync(server, name, devices: 1);
        await using var device = new HubDevice(server.Address, scene.Devices.Key, transport, messagePack);
        await device.StartAsync();
        Assert.Empty((await device.HelloAsync("device-0")).Assignments);
        Assert.Equal("active", (await device.HeartbeatAsync()).Status);
        Assert.True((await scene.Owner.GetAsync("/devices/device-0")).Ok().GetProperty("connected").GetBoolean());
        // Rows are written in batches, a moment later.
        await Patience.UntilAsync("the device to be listed as connected", async () =>
            (await scene.Owner.GetAsync("/devices")).Ok().GetProperty("devices").EnumerateArray().Any(listed => listed.GetProperty("connected").GetBoolean()));

        var run = await scene.StartAsync(rounds: 2);

        var pushed = await device.AssignedAsync();
        var polled = await scene.AssignmentAsync(scene.DeviceIds[0]);
        Assert.Equal((run, 1, "train", name), (pushed.SessionId, pushed.RoundNumber, pushed.Kind, pushed.Model));
        Assert.Equal(polled.Text("round_id"), pushed.RoundId);
        Assert.Equal(polled.GetProperty("base").Text("url"), pushed.Base.Url);
        Assert.Equal(HttpStatusCode.OK, (await scene.Devices.GetAsync(pushed.Base.Url)).Status);
        Assert.Equal(pushed.RoundId, Assert.Single((await device.HelloAsync("device-0")).Assignments).RoundId);

        (await scene.PutUpdateAsync(pushed.RoundId, scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Ok();

        Assert.Equal((pushed.RoundId, "published"), await device.ClosedAsync());
        var second = await device.AssignedAsync();
        Assert.Equal(2, second.RoundNumber);
        (await scene.Owner.PostAsync($"/training/{name}/stop", new { })).Ok();
        Assert.Equal((second.RoundId, "abandoned"), await device.ClosedAsync());
    }

    [Fact]
    public async Task Hub_WithAnArchitecture_SendsItAsJson()
    {
        const string Architecture = """
            {"kind": "linear", "output_type": "regression", "output_dim": 1, "target_col": "y", "features": [{"name": "x", "type": "number", "range": [0, 1]}], "seed": 1}
            """;
        var scene = await TrainingScene.CreateAsync(server, "hub-architecture", devices: 2, architecture: Architecture);
        await using var json = new HubDevice(server.Address, scene.Devices.Key);
        await using var messagePack = new HubDevice(server.Address, scene.Devices.Key, messagePack: true);
        await json.StartAsync();
        await messagePack.StartAsync();
        await json.HelloAsync("device-0");
        await messagePack.HelloAsync("device-1");

        await scene.StartAsync();

        Assert.Equal("y", (await json.AssignedAsync()).Architecture?.Text("target_col"));
        Assert.Equal("y", (await messagePack.AssignedAsync()).Architecture?.Text("target_col"));
        (await scene.Owner.PostAsync("/training/hub-architecture/stop", new { })).Ok();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Facts_OfHelloAndHeartbeat_AreShown(bool messagePack)
    {
        var scene = await TrainingScene.CreateAsync(server, $"hub-facts-{messagePack}".ToLowerInvariant(), devices: 1);
        await using var device = new HubDevice(server.Address, scene.Devices.Key, messagePack: messagePack);
        await device.StartAsync();

        await device.HelloAsync("device-0", new DeviceFacts { SdkVersion = "dotnet-9.9", BatteryPct = 50 });
        Assert.Equal("dotnet-9.9", (await scene.Owner.GetAsync("/devices/device-0")).Ok().Text("sdk_version"));
        await device.HeartbeatAsync(new DeviceFacts
        {
            SdkVersion = "dotnet-9.9", BatteryPct = 40,
            Metadata = new Dictionary<string, JsonElement> { ["network_type"] = JsonSerializer.SerializeToElement("wifi") },
        });

        var facts = (await scene.Owner.GetAsync("/devices/device-0")).Ok().GetProperty("facts");
        Assert.Equal(("40", "wifi"), (facts.Text("battery_pct"), facts.Text("metadata.network_type")));
        var refused = await Assert.ThrowsAsync<HubException>(() => device.HeartbeatAsync(new DeviceFacts { SdkVersion = new string('x', 600) }));
        Assert.Contains("sdk_version", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("edg_live_00000000000000000000000000000000")]
    public async Task Connect_WithoutAValidKey_IsRefused(string? key)
    {
        foreach (var transport in (HttpTransportType[])[HttpTransportType.WebSockets, HttpTransportType.LongPolling])
        {
            await using var device = new HubDevice(server.Address, key, transport);
            Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<HttpRequestException>(device.StartAsync)).StatusCode);
        }
    }

    [Fact]
    public async Task Connect_WithARevokedKeyOrWithoutTheScope_IsRefused()
    {
        var admin = await server.OrganizationAsync("Connects without rights");
        var key = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        (await admin.PostAsync($"/api-keys/{key.Text("id")}/revoke")).Ok();
        var reader = await admin.WithScopesAsync(Scopes.DevicesRead);

        await using var revoked = new HubDevice(server.Address, key.Text("api_key"));
        await using var unscoped = new HubDevice(server.Address, reader.Key);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<HttpRequestException>(revoked.StartAsync)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Assert.ThrowsAsync<HttpRequestException>(unscoped.StartAsync)).StatusCode);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Revocation_OfAKey_EndsItsConnectionsAndNoOthers(HttpTransportType transport)
    {
        var admin = await server.OrganizationAsync($"Revokes connections {transport}");
        await TrainingScene.RegisterAsync(admin, 3);
        var key = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        var other = await admin.WithScopesAsync(Scopes.DevicesWrite);
        await using var greeted = new HubDevice(server.Address, key.Text("api_key"), transport);
        await using var silent = new HubDevice(server.Address, key.Text("api_key"), transport);
        await using var kept = new HubDevice(server.Address, other.Key, transport);
        await Task.WhenAll(greeted.StartAsync(), silent.StartAsync(), kept.StartAsync());
        await greeted.HelloAsync("device-0");
        await kept.HelloAsync("device-1");

        (await admin.PostAsync($"/api-keys/{key.Text("id")}/revoke")).Ok();

        await greeted.Lost.SoonAsync("the connection of the revoked key to end");
        await silent.Lost.SoonAsync("the connection that had said nothing to end");
        Assert.Equal("active", (await kept.HeartbeatAsync()).Status);
        await Patience.UntilAsync("the device to be seen as disconnected", async () =>
            !(await admin.GetAsync("/devices/device-0")).Ok().GetProperty("connected").GetBoolean());
    }

    [Fact]
    public async Task Revocation_TellsTheDeviceWhy()
    {
        var admin = await server.OrganizationAsync("Says why");
        await TrainingScene.RegisterAsync(admin, 1);
        var key = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        await using var device = new HubDevice(server.Address, key.Text("api_key"));
        await device.StartAsync();
        await device.HelloAsync("device-0");

        (await admin.PostAsync($"/api-keys/{key.Text("id")}/revoke")).Ok();

        Assert.Contains("revoked", await device.Revoked.SoonAsync("the reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_ForADeviceThatIsNotTheCallers_IsRefused()
    {
        var scene = await TrainingScene.CreateAsync(server, "hub-foreign", devices: 2);
        var stranger = await server.OrganizationAsync("Speaks for others");
        await using var foreign = new HubDevice(server.Address, stranger.Key);
        await using var own = new HubDevice(server.Address, scene.Devices.Key);
        await foreign.StartAsync();
        await own.StartAsync();

        await Assert.ThrowsAsync<HubException>(() => foreign.HelloAsync(scene.DeviceIds[0]));
        await Assert.ThrowsAsync<HubException>(() => own.HelloAsync("unregistered"));
        await Assert.ThrowsAsync<HubException>(() => own.HelloAsync(""));
        await Assert.ThrowsAsync<HubException>(() => own.HeartbeatAsync());
        await own.HelloAsync("device-0");
        await Assert.ThrowsAsync<HubException>(() => own.HelloAsync("device-1"));
    }
}
