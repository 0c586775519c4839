using Octomil.Api.Tests.Fixtures;
using Octomil.Deployments;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class RollbackTests(ApiServer server)
{
    [Fact]
    public async Task Rollback_ByHand_EndsTheOpenRolloutAndGoesBack()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-hand", devices: 2);
        await scene.DeployAsync("1.0.0", 100);
        var bad = await scene.DeployAsync("2.0.0", 50);

        var rollback = (await scene.Owner.PostAsync($"/models/{scene.Model}/rollback", new { to_version = "1.0.0", reason = "wrong answers" })).Ok();

        Assert.Equal(("1.0.0", "completed", "wrong answers", 100), (rollback.Text("version"), rollback.Text("status"), rollback.Text("reason"), rollback.Number("rollout_percentage")));
        Assert.True(rollback.GetProperty("is_rollback").GetBoolean());
        Assert.Equal("rolled_back", (await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts/{bad.Text("id")}")).Ok().Text("status"));
        await Assert.AllAsync(scene.DeviceIds, async device => Assert.Equal("1.0.0", await scene.AssignedAsync(device)));

        // Again, by either name, is the same.
        Assert.Equal(rollback.Text("id"), (await scene.Owner.PostAsync($"/models/{scene.Model}/rollback", new { })).Ok().Text("id"));
        Assert.Equal(rollback.Text("id"), (await scene.DeployAsync("1.0.0", 100)).Text("id"));
    }

    [Fact]
    public async Task Rollback_AsExistingClientsDoIt_IsARolloutOfAnEarlierVersion()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-old", devices: 1);
        await scene.DeployAsync("1.0.0", 100);
        await scene.DeployAsync("2.0.0", 50);

        var rollback = await scene.DeployAsync("1.0.0", 100);

        Assert.Equal(("completed", true), (rollback.Text("status"), rollback.GetProperty("is_rollback").GetBoolean()));
        Assert.Equal("1.0.0", await scene.AssignedAsync(scene.DeviceIds[0]));
    }

    [Fact]
    public async Task Errors_AboveTheThreshold_RollBackOnce_AndNotOnOneOfTwo()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-errors", devices: 2);
        await scene.DeployAsync("1.0.0", 100);
        var bad = await scene.DeployAsync("2.0.0", 50);

        (await scene.CountAsync(scene.DeviceIds[0], "2.0.0", inferences: 2, errors: 1)).Ok();
        (await scene.CountAsync(scene.DeviceIds[0], "1.0.0", inferences: 300, errors: 300)).Ok();
        var health = (System.Text.Json.JsonElement)await Patience.ForAsync<object>("the counts to arrive", async () =>
            (await scene.NewestAsync()).TryGetProperty("health", out var counted) ? counted : null);
        Assert.Equal((2, 0.5), (health.Number("inferences"), health.GetProperty("error_rate").GetDouble()));
        Assert.Equal("active", (await scene.NewestAsync()).Text("status"));

        for (var i = 0; i < 5; i++)
        {
            (await scene.CountAsync(scene.DeviceIds[1], "2.0.0", inferences: 100, errors: 30)).Ok();
        }

        await Patience.UntilAsync("the rollback", async () => (await scene.NewestAsync()).GetProperty("is_rollback").GetBoolean());
        var rollback = await scene.NewestAsync();
        Assert.Equal(("1.0.0", "completed"), (rollback.Text("version"), rollback.Text("status")));
        Assert.True(rollback.GetProperty("automatic").GetBoolean());
        Assert.Contains("error rate", rollback.Text("reason"), StringComparison.Ordinal);
        Assert.Equal("rolled_back", (await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts/{bad.Text("id")}")).Ok().Text("status"));
        await Assert.AllAsync(scene.DeviceIds, device => Patience.UntilAsync("the device to be told", async () => await scene.AssignedAsync(device) == "1.0.0"));

        // What still comes of the bad version, and of the one before it, changes nothing more.
        (await scene.CountAsync(scene.DeviceIds[1], "2.0.0", inferences: 500, errors: 500)).Ok();
        (await scene.CountAsync(scene.DeviceIds[1], "1.0.0", inferences: 500, errors: 500)).Ok();
        await Patience.UntilAsync("the counts to arrive", async () =>
            (await scene.NewestAsync()).TryGetProperty("health", out var counted) && counted.Number("inferences") >= 500);
        Assert.Equal(3, (await scene.Owner.GetAsync($"/models/{scene.Model}/rollouts")).Ok().GetArrayLength());
    }

    [Fact]
    public async Task Crashes_OfACompletedVersion_RollItBack()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-crashes", devices: 1);
        await scene.DeployAsync("1.0.0", 100);
        await scene.DeployAsync("2.0.0", 100);

        (await scene.CountAsync(scene.DeviceIds[0], "2.0.0", inferences: 100, crashes: 20)).Ok();

        await Patience.UntilAsync("the rollback", async () => (await scene.NewestAsync()).GetProperty("is_rollback").GetBoolean());
        await Patience.UntilAsync("the device to be told", async () => await scene.AssignedAsync(scene.DeviceIds[0]) == "1.0.0");
    }

    [Fact]
    public async Task Telemetry_ThatCannotBe_IsRefused()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-nonsense", devices: 1);
        var device = scene.DeviceIds[0];

        (await scene.CountAsync(device, "2.0.0", inferences: 2, errors: 2, crashes: 1)).RefusedFor("inferences");
        (await scene.CountAsync(device, "2.0.0", inferences: -1)).RefusedFor("inferences");
        (await scene.CountAsync(device, "2.0.0", inferences: 1_000_000)).RefusedFor("inferences");
        (await scene.CountAsync(device, "9.0.0", inferences: 1)).Refused(422, ErrorCodes.UnknownVersion);
        (await scene.CountAsync(device, "not a version", inferences: 1)).Refused(422, ErrorCodes.UnknownVersion);
        (await scene.CountAsync("dev_0000000000000000", "2.0.0", inferences: 1)).Refused(404, ErrorCodes.NotFound);
        (await TelemetryAsync(new { model_id = scene.ModelId, version = "2.0.0", inferences = 3, latency_ms = new long[] { 1, 2 } })).RefusedFor("latency_ms");
        (await TelemetryAsync(new { model_id = scene.ModelId, version = "2.0.0", inferences = 3, latency_ms = Enumerable.Repeat(long.MaxValue, 14).ToArray() })).RefusedFor("latency_ms");
        (await scene.Devices.PostAsync($"/devices/{device}/telemetry", new { reports = Array.Empty<object>() })).RefusedFor("reports");
        (await scene.Devices.PostAsync($"/devices/{device}/telemetry", new { reports = new object?[] { null } })).RefusedFor("reports");
        (await scene.ReportAsync(device, "9.0.0")).Refused(422, ErrorCodes.UnknownVersion);
        (await scene.ReportAsync(device, "2.0.0", "perhaps")).RefusedFor("status");
        (await scene.ReportAsync(device, "2.0.0", "failed", new string('x', 501))).RefusedFor("reason");

        Task<Answer> TelemetryAsync(object report) => scene.Devices.PostAsync($"/devices/{device}/telemetry", new { reports = new[] { report } });
    }

    [Fact]
    public void Buckets_OfTheWireAndOfTheService_AreTheSame() => Assert.Equal(VersionCounts.LatencyBounds, VersionTelemetryMessage.LatencyBounds);

    [Fact]
    public async Task Telemetry_OfAVersionThatIsNoMore_TakesNothingFromTheOthers()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-mixed", devices: 1);

        var receipt = (await scene.Devices.PostAsync($"/devices/{scene.DeviceIds[0]}/telemetry", new
        {
            reports = new[] { "9.0.0", "2.0.0" }.Select(version => new { model_id = scene.ModelId, version, inferences = 3 }),
        })).Ok();

        Assert.Equal(1, receipt.Number("accepted"));
        Assert.Contains("'9.0.0'", Assert.Single(receipt.List("refused")).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Telemetry_SentAgain_CountsOnce()
    {
        var scene = await RolloutScene.CreateAsync(server, "rollback-batches", devices: 1);

        Assert.Equal(1, (await scene.CountAsync(scene.DeviceIds[0], "2.0.0", inferences: 10, batch: "a-1")).Ok().Number("accepted"));
        Assert.Equal(0, (await scene.CountAsync(scene.DeviceIds[0], "2.0.0", inferences: 10, batch: "a-1")).Ok().Number("accepted"));
    }
}
