using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>Groups by rules, and devices that are revoked.</summary>
public sealed class DeviceGroupTests(ApiServer server)
{
    [Fact]
    public async Task DynamicGroup_TakesDevicesAsTheirFactsChange()
    {
        var admin = await server.OrganizationAsync("Groups by rule");
        (await admin.PostAsync("/device-groups", new { name = "charged", mode = "dynamic", rules = new[] { "platform eq ios", "battery_pct ge 50" } })).Ok();
        (await admin.PostAsync("/devices/register", new { device_identifier = "phone-1", platform = "iOS", battery_pct = 80 })).Ok();
        (await admin.PostAsync("/devices/register", new { device_identifier = "phone-2", platform = "android", battery_pct = 80 })).Ok();

        Assert.Equal(1, (await StatusAsync(admin, "charged")).Number("ready_devices"));
        Assert.Equal("charged", (await admin.GetAsync("/devices/phone-1")).Ok().List("groups").Single().GetString());

        (await admin.PostAsync("/devices/phone-1/heartbeat", new { battery_pct = 20 })).Ok();
        Assert.Equal(0, (await StatusAsync(admin, "charged")).Number("ready_devices"));
        (await admin.PostAsync("/devices/phone-1/heartbeat", new { battery_pct = 51 })).Ok();

        var group = await StatusAsync(admin, "charged");
        Assert.Equal(("dynamic", 1), (group.Text("mode"), group.Number("ready_devices")));
        Assert.Equal(["platform eq ios", "battery_pct ge 50"], group.List("rules").Select(rule => rule.GetString()!));
        (await admin.PostAsync("/device-groups/charged/devices", new { devices = new[] { "phone-2" } })).Refused(409, ErrorCodes.InvalidRequest);
    }

    [Fact]
    public async Task HybridGroup_TakesNamedDevicesToo_AndLetsThemGo()
    {
        var admin = await server.OrganizationAsync("Groups both ways");
        (await admin.PostAsync("/devices/register", new { device_identifier = "gateway", platform = "linux" })).Ok();
        (await admin.PostAsync("/device-groups", new { name = "mixed", mode = "hybrid", rules = new[] { "platform eq ios" } })).Ok();
        (await admin.PostAsync("/devices/register", new { device_identifier = "phone", platform = "ios" })).Ok();

        (await admin.PostAsync("/device-groups/mixed/devices", new { devices = new[] { "gateway" } })).Ok();
        Assert.Equal(2, (await StatusAsync(admin, "mixed")).Number("ready_devices"));

        Assert.Equal(1, (await admin.PostAsync("/device-groups/mixed/devices/remove", new { devices = new[] { "gateway" } })).Ok().Number("removed"));
        Assert.Equal(1, (await StatusAsync(admin, "mixed")).Number("ready_devices"));
    }

    [Fact]
    public async Task Group_WithBadRules_IsRefusedByTheRule()
    {
        var admin = await server.OrganizationAsync("Groups badly");

        var problem = (await admin.PostAsync("/device-groups", new { name = "g", mode = "dynamic", rules = new[] { "platfrom eq ios" } })).Refused(400, ErrorCodes.InvalidRequest);
        Assert.Contains("platfrom eq ios", problem.Text("detail"), StringComparison.Ordinal);
        (await admin.PostAsync("/device-groups", new { name = "g", mode = "static", rules = new[] { "platform eq ios" } })).RefusedFor("rules");
        (await admin.PostAsync("/device-groups", new { name = "g", mode = "clever" })).RefusedFor("mode");
        (await admin.PostAsync("/device-groups", new { name = "g", mode = "dynamic", rules = new[] { "platform eq ios" } })).Ok();
        (await admin.PostAsync("/device-groups", new { name = "g", mode = "dynamic", rules = new[] { "platform eq IOS" } })).Refused(409, ErrorCodes.NameTaken);
        (await admin.GetAsync("/device-groups/none")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Revoke_OfADevice_EndsItsConnectionAndRefusesItFromThenOn()
    {
        var scene = await TrainingScene.CreateAsync(server, "revokes", devices: 2);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        var (gone, stays) = (scene.DeviceIds[0], scene.DeviceIds[1]);
        await using var hub = new HubDevice(server.Address, scene.Devices.Key);
        await using var other = new HubDevice(server.Address, scene.Devices.Key);
        await hub.StartAsync();
        await other.StartAsync();
        await hub.HelloAsync(gone);
        await other.HelloAsync(stays);
        (await scene.Devices.PostAsync($"/devices/{gone}/revoke")).Refused(403, ErrorCodes.MissingScope);

        Assert.Equal("revoked", (await scene.Owner.PostAsync($"/devices/{gone}/revoke")).Ok().Text("status"));

        Assert.NotEmpty(await hub.Revoked.SoonAsync("the device to be told"));
        await hub.Lost.SoonAsync("the connection to end");
        (await scene.Devices.PostAsync($"/devices/{gone}/heartbeat", new { })).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.Devices.GetAsync($"/training/rounds?device_id={gone}")).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.Devices.PostAsync("/devices/register", new { device_identifier = "device-0" })).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.Devices.GetAsync($"/training/rounds/{round}/base?device_id={gone}")).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.PutUpdateAsync(round, gone, await TestWeights.UpdateAsync(1))).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.Devices.PostAsync("/training/weights", new
        {
            model_id = scene.Model, device_id = gone, sample_count = 3, round_id = round, weights_data = Convert.ToBase64String(await TestWeights.ArchiveAsync(2)),
        })).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.Devices.PostAsync($"/devices/{gone}/telemetry", new { reports = new[] { new { model_id = "mdl_00000000", version = "1.0.0", inferences = 0 } } })).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.Devices.PostAsync($"/devices/{gone}/versions", new { model_id = "mdl_00000000", version = "1.0.0", status = "active" })).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.PutUpdateAsync(round, stays, await TestWeights.UpdateAsync(1))).Ok();
        await other.HeartbeatAsync();
        Assert.Equal("revoked", (await scene.Owner.GetAsync($"/devices/{gone}")).Ok().Text("status"));
        await Patience.UntilAsync("the listing to say so", async () => (await scene.Owner.GetAsync("/devices")).Ok().List("devices")
            .Any(device => device.Text("id") == gone && device.Text("status") == "revoked"));
        (await (await server.OrganizationAsync("Revokes others'")).PostAsync($"/devices/{stays}/revoke")).Refused(404, ErrorCodes.NotFound);
    }

    private static async Task<JsonElement> StatusAsync(ApiCaller admin, string group) => (await admin.GetAsync($"/device-groups/{group}")).Ok();
}
