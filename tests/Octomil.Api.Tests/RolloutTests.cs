using Octomil.Api.Tests.Fixtures;
using Octomil.Deployments;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class RolloutTests(ApiServer server)
{
    [Fact]
    public async Task Rollout_FromTenPercentToAll_IsWhatExistingClientsSpeak()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollout-steps", devices: 4);
        Assert.Equal("completed", (await scene.DeployAsync("1.0.0", 100)).Text("status"));

        var rollout = await scene.DeployAsync("2.0.0", 10);
        var id = rollout.Text("id");
        Assert.Equal(("active", 10, "2.0.0", "1.0.0"), (rollout.Text("status"), rollout.Number("rollout_percentage"), rollout.Text("version"), rollout.Text("previous_version")));
        Assert.StartsWith("rol_", id, StringComparison.Ordinal);

        // The same again is the same; of the version that is rolling out, another percentage sets it.
        Assert.Equal(id, (await scene.DeployAsync("2.0.0", 10)).Text("id"));
        Assert.Equal((id, 25), await IdAndPercentageAsync(scene.TryDeployAsync("2.0.0", 25)));
        Assert.Equal((id, 35), await IdAndPercentageAsync(scene.CommandAsync(id, "advance")));
        Assert.Equal((id, 20), await IdAndPercentageAsync(scene.CommandAsync(id, "update-percentage", new { percentage = 20 })));
        Assert.Equal("paused", (await scene.CommandAsync(id, "pause", new { reason = "a look first" })).Ok().Text("status"));
        Assert.Equal("a look first", Assert.Single((await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts/active")).Ok().EnumerateArray()).Text("reason"));
        (await scene.CommandAsync(id, "advance")).Refused(409, ErrorCodes.RolloutStatus);
        Assert.Equal("active", (await scene.CommandAsync(id, "resume")).Ok().Text("status"));
        Assert.Equal("completed", (await scene.CommandAsync(id, "update-percentage", new { percentage = 100 })).Ok().Text("status"));

        Assert.Empty((await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts/active")).Ok().EnumerateArray());
        Assert.Equal(["2.0.0", "1.0.0"], (await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts")).Ok().EnumerateArray().Select(one => one.Text("version")));
        await Assert.AllAsync(scene.DeviceIds, async device => Assert.Equal("2.0.0", await scene.AssignedAsync(device)));
    }

    [Fact]
    public async Task Rollout_ThatWaits_IsStartedOrDeleted()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollout-pending", devices: 1);
        var waiting = (await scene.TryDeployAsync("1.0.0", 0, new { version = "1.0.0", rollout_percentage = 100, start_immediately = false })).Ok();
        Assert.Equal("pending", waiting.Text("status"));
        Assert.Null(await scene.AssignedAsync(scene.DeviceIds[0]));
        Assert.Equal("completed", (await scene.CommandAsync(waiting.Text("id"), "start")).Ok().Text("status"));
        Assert.Equal("1.0.0", await scene.AssignedAsync(scene.DeviceIds[0]));

        var other = (await scene.TryDeployAsync("2.0.0", 0, new { version = "2.0.0", rollout_percentage = 50, start_immediately = false })).Ok();
        (await scene.Owner.SendAsync(HttpMethod.Delete, $"/models/{scene.Model}/rollouts/{other.Text("id")}", null)).Ok();
        (await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts/{other.Text("id")}")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Rollout_OfWhatCannotBe_IsRefusedInWords()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollout-refused", devices: 1);
        var rollout = await scene.DeployAsync("2.0.0", 10);

        (await scene.TryDeployAsync("9.9.9", 10)).Refused(404, ErrorCodes.UnknownVersion);
        (await scene.Owner.PostAsync("/models/no-such-model/rollouts", new { version = "1.0.0" })).Refused(404, ErrorCodes.NotFound);
        var conflict = (await scene.TryDeployAsync("3.0.0", 10)).Refused(409, ErrorCodes.RolloutInProgress);
        Assert.Equal(rollout.Text("id"), conflict.Text("rollout_id"));
        (await scene.TryDeployAsync("", 0, new { version = "2.0.0", rollout_percentage = 10, group = "no-such-group" })).Refused(404, ErrorCodes.NotFound);
        (await scene.TryDeployAsync("2.0.0", 100.5)).RefusedFor("rollout_percentage");
        (await scene.TryDeployAsync("2.0.0", -1)).RefusedFor("rollout_percentage");
        (await scene.TryDeployAsync("2.0.0", 1.001)).RefusedFor("rollout_percentage");
        (await scene.CommandAsync(rollout.Text("id"), "update-percentage")).RefusedFor("percentage");
        (await scene.CommandAsync("rol_0000000000000000", "pause")).Refused(404, ErrorCodes.NotFound);
        (await scene.Owner.PostAsync($"/models/{scene.Model}/rollback", new { to_version = "2.0.0" })).Refused(409, ErrorCodes.NothingToRollBackTo);
        (await scene.Owner.PostAsync($"/models/{scene.Model}/rollback", new { })).Refused(409, ErrorCodes.NothingToRollBackTo);
        var reader = await scene.Owner.WithScopesAsync(Scopes.RolloutsRead);
        (await reader.PostAsync($"/models/{scene.Model}/rollouts", new { version = "2.0.0" })).Refused(403, ErrorCodes.MissingScope);
    }

    [Fact]
    public async Task Rollout_OfASharedModel_TouchesOnlyTheOwnDevices()
    {
        var owner = await RolloutScene.CreateAsync(server, "rollout-shared", devices: 2);
        var member = await server.OrganizationAsync("rollout-shared-member");
        var stranger = await server.OrganizationAsync("rollout-shared-stranger");
        await owner.Owner.FederateAsync("rollout-federation", member, owner.Model);
        var device = (await member.PostAsync("/devices/register", new { device_identifier = "device-0" })).Ok().Text("id");
        await Patience.UntilAsync("the device to be listed", async () => (await member.GetAsync("/devices")).Ok().Number("total") == 1);

        (await owner.DeployAsync("1.0.0", 100)).Text("id");
        Assert.Empty((await member.GetAsync($"/models/{owner.Model}/rollouts")).Ok().EnumerateArray());
        (await stranger.PostAsync($"/models/{owner.ModelId}/rollouts", new { version = "2.0.0" })).Refused(404, ErrorCodes.NotFound);
        (await stranger.GetAsync($"/models/{owner.ModelId}/rollouts")).Refused(404, ErrorCodes.NotFound);

        var rollout = (await member.PostAsync($"/models/{owner.Model}/rollouts", new { version = "2.0.0", rollout_percentage = 100 })).Ok();

        Assert.Equal(1, rollout.GetProperty("progress").Number("devices"));
        Assert.Equal("2.0.0", owner.AssignedIn((await member.GetAsync($"/devices/{device}/versions")).Ok()));
        await Assert.AllAsync(owner.DeviceIds, async id => Assert.Equal("1.0.0", await owner.AssignedAsync(id)));

        // Nobody reports or changes what is another's.
        (await member.PostAsync($"/devices/{owner.DeviceIds[0]}/versions", new { model_id = owner.ModelId, version = "2.0.0", status = "active" })).Refused(404, ErrorCodes.NotFound);
        (await owner.CommandAsync(rollout.Text("id"), "pause")).Refused(404, ErrorCodes.NotFound);
        Assert.Equal(0, (await owner.NewestAsync()).GetProperty("progress").Number("active"));
    }

    [Fact]
    public async Task Devices_HearOfTheirVersion_ByPushHelloAndHeartbeat_AndReport()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollout-hub", devices: 2);
        await scene.DeployAsync("1.0.0", 100);
        await using var device = new HubDevice(server.Address, scene.Devices.Key);
        await device.StartAsync();
        var greeted = Assert.Single((await device.HelloAsync("device-0")).Versions);
        Assert.Equal(("1.0.0", scene.Model, scene.ModelId), (greeted.Version, greeted.Model, greeted.ModelId));
        Assert.Equal("1.0.0", Assert.Single((await device.HeartbeatAsync()).Versions!).Version);

        await scene.DeployAsync("2.0.0", 100);

        var pushed = await device.VersionAsync();
        Assert.Equal(("2.0.0", scene.ModelId), (pushed.Version, pushed.ModelId));
        Assert.Equal("2.0.0", scene.AssignedIn((await scene.Devices.PostAsync("/devices/device-1/heartbeat", new { })).Ok()));
        var file = await scene.Devices.GetAsync($"/models/{pushed.ModelId}/versions/{pushed.Version}/download");
        Assert.Equal(pushed.Sha256, TestWeights.Sha256(file.Body));

        Assert.Equal("stored", (await device.ReportAsync(new VersionReportMessage { ModelId = scene.ModelId, Version = "2.0.0", Status = "active" })).Status);
        (await scene.ReportAsync(scene.DeviceIds[1], "2.0.0", "failed", "the checksum differs")).Ok();

        // Rows of devices are written in batches, a moment later.
        await Patience.UntilAsync("both devices to be counted", async () => (await scene.NewestAsync()).GetProperty("progress").Number("devices") == 2);
        var progress = (await scene.NewestAsync()).GetProperty("progress");
        Assert.Equal((1, 1, "the checksum differs"), (progress.Number("active"), progress.Number("failed"), progress.Text("failure_reason")));
    }

    [Fact]
    public async Task Push_OfAStep_ReachesOnlyTheDevicesThatChangeSide()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollout-sides", devices: 12);
        await scene.DeployAsync("1.0.0", 100);
        var devices = new List<HubDevice>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                devices.Add(new HubDevice(server.Address, scene.Devices.Key));
                await devices[i].StartAsync();
                await devices[i].HelloAsync($"device-{i}");
            }

            var id = (await scene.DeployAsync("2.0.0", 40)).Text("id");
            (await scene.CommandAsync(id, "update-percentage", new { percentage = 70 })).Ok();
            var inside = Enumerable.Range(0, 12).Where(i => RolloutShare.Includes(id, scene.DeviceIds[i], 7000)).ToList();

            // Twice told would be told again by the second step. Who is outside hears of the last step first.
            foreach (var i in inside)
            {
                Assert.Equal("2.0.0", (await devices[i].VersionAsync()).Version);
            }

            await scene.DeployAsync("2.0.0", 100);
            foreach (var i in Enumerable.Range(0, 12).Except(inside))
            {
                Assert.Equal("2.0.0", (await devices[i].VersionAsync()).Version);
            }

            Assert.All(devices, device => Assert.False(device.HeardOfAVersion));
        }
        finally
        {
            await Task.WhenAll(devices.Select(device => device.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Rollout_ToAGroup_LeavesTheOthersAlone()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollout-group", devices: 3);
        await scene.DeployAsync("1.0.0", 100);
        (await scene.Owner.PostAsync("/device-groups", new { name = "beta", mode = "static" })).Ok();
        (await scene.Owner.PostAsync("/device-groups/beta/devices", new { devices = new[] { "device-1" } })).Ok();
        await using var device = new HubDevice(server.Address, scene.Devices.Key);
        await device.StartAsync();
        await device.HelloAsync("device-1");

        var rollout = (await scene.TryDeployAsync("", 0, new { version = "2.0.0", rollout_percentage = 100, group = "beta" })).Ok();

        Assert.Equal(("completed", "beta"), (rollout.Text("status"), rollout.Text("group")));
        Assert.Equal("2.0.0", (await device.VersionAsync()).Version);
        Assert.Equal(["1.0.0", "2.0.0", "1.0.0"], await Task.WhenAll(scene.DeviceIds.Select(scene.AssignedAsync)));
        await Patience.UntilAsync("the group's device to be counted", async () => (await scene.NewestAsync()).GetProperty("progress").Number("devices") == 1);
    }

    private static async Task<(string Id, long Percentage)> IdAndPercentageAsync(Task<Answer> call)
    {
        var rollout = (await call).Ok();
        return (rollout.Text("id"), rollout.Number("rollout_percentage"));
    }
}
