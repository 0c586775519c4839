using Microsoft.Extensions.DependencyInjection;
using Octomil.Api.Tests.Fixtures;
using Octomil.Experiments;
using Octomil.Testing;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class ExperimentTests(ApiServer server)
{
    [Fact]
    public async Task Experiment_FromDraftToPromotion_IsWhatExistingClientsSpeak()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-whole", devices: 60);
        await scene.Rollouts.DeployAsync("1.0.0", 100);
        var made = await scene.CreateAsync("headline");
        Assert.Equal(("draft", "accuracy", 10), (made.Text("status"), made.Text("primary_metric"), made.Number("min_sample_size")));
        Assert.StartsWith("exp_", made.Text("id"), StringComparison.Ordinal);
        await using var device = new HubDevice(server.Address, scene.Rollouts.Devices.Key);
        await device.StartAsync();
        await device.HelloAsync("device-0");

        var started = (await scene.CommandAsync(made.Text("id"), "start")).Ok();

        // Disjoint arms, as devices and assign say alike; who is connected hears of it.
        Assert.Equal("running", started.Text("status"));
        var arms = await ArmsAsync(scene, "headline");
        Assert.Equal(["control", "treatment"], arms.Values.Distinct().Order(StringComparer.Ordinal));
        await Assert.AllAsync(scene.Rollouts.DeviceIds, async id => Assert.Equal(arms[id] == "control" ? "1.0.0" : "2.0.0", await scene.Rollouts.AssignedAsync(id)));
        if (arms[scene.Rollouts.DeviceIds[0]] == "treatment")
        {
            Assert.Equal("2.0.0", (await device.VersionAsync()).Version);
        }

        (await scene.CommandAsync("headline", "promote")).Refused(409, ErrorCodes.NoWinner);
        foreach (var (id, index) in scene.Rollouts.DeviceIds.Select((id, index) => (id, index)))
        {
            (await scene.MeasureAsync(id, arms[id] == "control" ? "1.0.0" : "2.0.0", (arms[id] == "control" ? 0.6 : 0.8) + (0.02 * (index % 5)))).Ok();
        }

        var results = await scene.HeardAsync("headline", 60);
        var treatment = results.List("variants").Last();
        Assert.True(results.GetProperty("significant").GetBoolean(), results.GetRawText());
        Assert.Equal(("treatment", arms.Values.Count(arm => arm == "treatment")), (results.Text("winner"), treatment.Number("sample_size")));
        Assert.InRange(treatment.GetProperty("accuracy").GetDouble(), 0.8, 0.88);
        Assert.InRange(treatment.GetProperty("loss").GetDouble(), 0.12, 0.2);
        Assert.Equal((3.5, 0.0), (treatment.GetProperty("latency_ms").GetDouble(), treatment.GetProperty("error_rate").GetDouble()));
        Assert.InRange(results.GetProperty("p_value").GetDouble(), 0, 0.05);
        Assert.InRange(results.GetProperty("difference_low").GetDouble(), 0, results.GetProperty("difference").GetDouble());

        var promoted = (await scene.CommandAsync("headline", "promote")).Ok();

        Assert.Equal(("completed", "treatment"), (promoted.Text("status"), promoted.Text("promoted")));
        Assert.Equal(("2.0.0", "completed"), ((await scene.Rollouts.NewestAsync()).Text("version"), (await scene.Rollouts.NewestAsync()).Text("status")));
        await Assert.AllAsync(scene.Rollouts.DeviceIds, id => Patience.UntilAsync("the device to be told", async () => await scene.Rollouts.AssignedAsync(id) == "2.0.0"));
        Assert.Equal("treatment", (await scene.CommandAsync("headline", "promote")).Ok().Text("promoted"));
        (await scene.CommandAsync("headline", "promote", new { variant = "control" })).Refused(409, ErrorCodes.ExperimentOver);
        Assert.Equal(60, (await scene.AnalyticsAsync("headline")).List("variants").Sum(variant => variant.Number("devices")));
    }

    [Fact]
    public async Task Creation_Again_IsTheSame_AndAnotherUnderTheNameIsRefused()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-again", devices: 1);
        var made = await scene.CreateAsync("once");

        Assert.Equal(made.Text("id"), (await scene.CreateAsync("once")).Text("id"));
        (await scene.Owner.PostAsync("/experiments", ExperimentScene.Request("once", scene.Rollouts.Model, split: 40))).Refused(409, ErrorCodes.NameTaken);
        (await scene.CommandAsync("once", "cancel")).Ok();
        Assert.Equal("cancelled", (await scene.CreateAsync("once")).Text("status"));

        // Listed, newest first, and by status and model.
        await scene.StartAsync("twice");
        Assert.Equal(["twice", "once"], (await scene.Owner.GetAsync("/experiments")).Ok().EnumerateArray().Select(one => one.Text("name")));
        Assert.Equal("twice", Assert.Single((await scene.Owner.GetAsync($"/experiments?status=running&model_id={scene.Rollouts.Model}&org_id=default")).Ok().EnumerateArray()).Text("name"));
        (await scene.Owner.GetAsync("/experiments?status=lively")).RefusedFor("status");
        (await scene.Owner.GetAsync("/experiments?model_id=no-such-model")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Experiment_OfWhatCannotBe_IsRefusedInWords()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-refused", devices: 1);
        var model = scene.Rollouts.Model;
        (await scene.Owner.PostAsync($"/models/{model}/versions/3.0.0/deprecate", new { reason = "wrong labels" })).Ok();

        (await TryAsync("x", treatment: "9.9.9")).Refused(404, ErrorCodes.UnknownVersion);
        (await TryAsync("x", treatment: "3.0.0")).Refused(409, ErrorCodes.VersionDeprecated);
        (await TryAsync("x", treatment: "1.0.0")).RefusedFor("two versions");
        (await TryAsync("x", treatment: "latest")).RefusedFor("model_version");
        (await TryAsync("x", split: 0)).RefusedFor("traffic_allocation");
        (await TryAsync("x", split: 99.5)).RefusedFor("traffic_allocation");
        (await TryAsync("exp_0123456789abcdef")).RefusedFor("name");
        (await TryAsync("x", change: request => request["model_id"] = "no-such-model")).Refused(404, ErrorCodes.NotFound);
        (await TryAsync("x", change: request => request["group"] = "no-such-group")).Refused(404, ErrorCodes.NotFound);
        (await TryAsync("x", change: request => request["traffic_percentage"] = 0)).RefusedFor("traffic_percentage");
        (await TryAsync("x", change: request => request["min_sample_size"] = 9)).RefusedFor("min_sample_size");
        (await TryAsync("x", change: request => request["confidence_level"] = 95)).RefusedFor("confidence_level");
        (await TryAsync("x", change: request => request["primary_metric"] = "happiness")).RefusedFor("primary_metric");
        (await TryAsync("x", change: request => request["variants"] = Array.Empty<object>())).RefusedFor("variants");
        (await scene.Owner.GetAsync("/experiments/x")).Refused(404, ErrorCodes.NotFound);
        (await scene.CommandAsync("x", "start")).Refused(404, ErrorCodes.NotFound);
        var reader = await scene.Owner.WithScopesAsync(Scopes.ExperimentsRead);
        (await reader.PostAsync("/experiments", ExperimentScene.Request("x", model))).Refused(403, ErrorCodes.MissingScope);

        // A draft may wait until its version is none any more.
        await scene.CreateAsync("waits");
        (await scene.CommandAsync("waits", "pause")).Refused(409, ErrorCodes.ExperimentStatus);
        (await scene.Owner.PostAsync($"/models/{model}/versions/2.0.0/deprecate", new { reason = "wrong labels" })).Ok();
        (await scene.CommandAsync("waits", "start")).Refused(409, ErrorCodes.VersionDeprecated);

        Task<Answer> TryAsync(string name, string treatment = "2.0.0", double split = 50, Action<Dictionary<string, object?>>? change = null)
        {
            var request = ExperimentScene.Request(name, model, treatment: treatment, split: split);
            change?.Invoke(request);
            return scene.Owner.PostAsync("/experiments", request);
        }
    }

    [Fact]
    public async Task Start_WhileAnotherRunsOverTheModel_IsRefusedAndNamesIt()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-two", devices: 1);
        await scene.StartAsync("first");
        await scene.CreateAsync("second", treatment: "3.0.0");

        Assert.Equal("first", (await scene.CommandAsync("second", "start")).Refused(409, ErrorCodes.ExperimentInProgress).Text("experiment"));
        (await scene.CommandAsync("first", "pause")).Ok();
        (await scene.CommandAsync("second", "start")).Refused(409, ErrorCodes.ExperimentInProgress);
        (await scene.CommandAsync("first", "complete")).Ok();
        Assert.Equal("running", (await scene.CommandAsync("second", "start")).Ok().Text("status"));
        (await scene.CommandAsync("first", "resume")).Refused(409, ErrorCodes.ExperimentOver);
    }

    [Fact]
    public async Task Stop_SendsDevicesBackToWhatRolloutsSay_OrToTheControl()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-stop", devices: 8);
        await scene.StartAsync("undeployed");
        (await scene.CommandAsync("undeployed", "cancel", new { reason = "a better one is there" })).Ok();
        await Assert.AllAsync(scene.Rollouts.DeviceIds, async id => Assert.Equal("1.0.0", await scene.Rollouts.AssignedAsync(id)));
        Assert.Equal("a better one is there", (await scene.GetAsync("undeployed")).Text("reason"));

        await scene.Rollouts.DeployAsync("3.0.0", 100);
        await scene.StartAsync("deployed");
        (await scene.CommandAsync("deployed", "pause")).Ok();
        await Assert.AllAsync(scene.Rollouts.DeviceIds, async id => Assert.Null(await scene.Rollouts.AssignedAsync(id)));
        (await scene.CommandAsync("deployed", "cancel")).Ok();
        await Assert.AllAsync(scene.Rollouts.DeviceIds, async id => Assert.Equal("3.0.0", await scene.Rollouts.AssignedAsync(id)));
    }

    [Fact]
    public async Task Rollback_OfAVersionInAnArm_EndsTheExperiment()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-rollback", devices: 4);
        await scene.Rollouts.DeployAsync("1.0.0", 100);
        await scene.Rollouts.DeployAsync("2.0.0", 50);
        await scene.StartAsync("trial");

        (await scene.Owner.PostAsync($"/models/{scene.Rollouts.Model}/rollback", new { })).Ok();

        var ended = await scene.GetAsync("trial");
        Assert.Equal("cancelled", ended.Text("status"));
        Assert.Contains("2.0.0", ended.Text("reason"), StringComparison.Ordinal);
        await Assert.AllAsync(scene.Rollouts.DeviceIds, async id => Assert.Equal("1.0.0", await scene.Rollouts.AssignedAsync(id)));
        (await scene.CommandAsync("trial", "resume")).Refused(409, ErrorCodes.ExperimentOver);
        (await scene.CommandAsync("trial", "promote", new { variant = "treatment" })).Refused(409, ErrorCodes.ExperimentOver);
        Assert.Contains("experiment.end", (await scene.Owner.GetAsync("/audit")).Ok().List("entries").Select(entry => entry.Text("action")));
    }

    [Fact]
    public async Task Errors_OfTheTreatment_EndTheExperiment_AndThoseOfTheControlDoNot()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var scene = await ExperimentScene.CreateAsync(server, "experiment-errors", devices: 20);
        (await scene.Owner.PostAsync("/webhooks", new { url = receiver.Url, events = new[] { "experiment.ended" } })).Ok();
        await scene.StartAsync("trial");
        var arms = await ArmsAsync(scene, "trial");
        var (control, treatment) = (arms.First(arm => arm.Value == "control").Key, arms.First(arm => arm.Value == "treatment").Key);

        (await scene.Rollouts.CountAsync(control, "1.0.0", inferences: 500, errors: 400)).Ok();
        await scene.HeardAsync("trial", 1);
        Assert.Equal("running", (await scene.GetAsync("trial")).Text("status"));
        (await scene.Rollouts.CountAsync(treatment, "2.0.0", inferences: 500, errors: 200)).Ok();

        await Patience.UntilAsync("the experiment to end", async () => (await scene.GetAsync("trial")).Text("status") == "cancelled");
        Assert.Contains("error rate", (await scene.GetAsync("trial")).Text("reason"), StringComparison.Ordinal);
        await Assert.AllAsync(scene.Rollouts.DeviceIds, id => Patience.UntilAsync("the device to be told", async () => await scene.Rollouts.AssignedAsync(id) == "1.0.0"));
        var told = Assert.Single(await receiver.UntilAsync(1, TestContext.Current.CancellationToken));
        Assert.Equal(("experiment.ended", "trial", "2.0.0", true), (told.Type, told.Data.Text("experiment"), told.Data.Text("treatment_version"), told.Data.GetProperty("automatic").GetBoolean()));
    }

    [Fact]
    public async Task Devices_OfAnExperimentThatIsOver_AreForgotten_AndItsResultsAreNot()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-forgets", devices: 8);
        await scene.StartAsync("trial");
        var device = (await ArmsAsync(scene, "trial")).First(arm => arm.Value == "control").Key;
        (await scene.MeasureAsync(device, "1.0.0", 0.75)).Ok();
        var id = (await scene.HeardAsync("trial", 1)).Text("experiment_id");
        var table = server.Services.GetRequiredService<IExperimentObservations>();
        var reminded = server.Services.GetRequiredService<IGrainFactory>().GetExperiment(id).AsReference<IRemindable>();

        await reminded.ReceiveReminder("forget-devices", default, TestContext.Current.CancellationToken);
        Assert.NotEmpty(await table.SumAsync(id, TestContext.Current.CancellationToken));
        (await scene.CommandAsync("trial", "complete")).Ok();
        var results = (await scene.AnalyticsAsync("trial")).GetRawText();
        await reminded.ReceiveReminder("forget-devices", default, TestContext.Current.CancellationToken);

        Assert.Empty(await table.SumAsync(id, TestContext.Current.CancellationToken));
        Assert.Equal(results, (await scene.AnalyticsAsync("trial")).GetRawText());
        await reminded.ReceiveReminder("forget-devices", default, TestContext.Current.CancellationToken);
        Assert.Equal(results, (await scene.AnalyticsAsync("trial")).GetRawText());
    }

    [Fact]
    public async Task Versions_ThatAnExperimentNeeds_AreNotDeleted()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-delete", devices: 1);
        await scene.CreateAsync("needs-it");
        var path = $"/models/{scene.Rollouts.Model}/versions/2.0.0";

        var refused = (await scene.Owner.SendAsync(HttpMethod.Delete, path, null)).Refused(409, ErrorCodes.VersionInUse);
        Assert.Equal(["the experiment 'needs-it' compares it"], refused.List("uses").Select(use => use.GetString()));
        (await scene.CommandAsync("needs-it", "start")).Ok();
        (await scene.Owner.SendAsync(HttpMethod.Delete, path, null)).Refused(409, ErrorCodes.VersionInUse);
        (await scene.CommandAsync("needs-it", "cancel")).Ok();
        (await scene.Owner.SendAsync(HttpMethod.Delete, path, null)).Ok();
    }

    [Fact]
    public async Task Telemetry_OfNonsense_IsRefused_AndOfAnotherVersionOrWhilePaused_IsNotCounted()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-telemetry", devices: 8);
        await scene.StartAsync("trial");
        var arms = await ArmsAsync(scene, "trial");
        var device = arms.First(arm => arm.Value == "control").Key;

        (await ReportAsync(new { accuracy_count = 10, accuracy = 1.01 })).RefusedFor("accuracy");
        (await ReportAsync(new { accuracy_count = 10, accuracy = -0.5 })).RefusedFor("accuracy");
        (await ReportAsync(new { accuracy_count = 10 })).RefusedFor("accuracy_count");
        (await ReportAsync(new { accuracy = 0.5 })).RefusedFor("accuracy_count");
        (await ReportAsync(new { accuracy_count = 2_000_000_000, accuracy = 0.5 })).RefusedFor("accuracy_count");
        (await ReportAsync(new { loss_count = 10, loss = -1 })).RefusedFor("loss");
        (await ReportAsync(new { loss_count = 10, loss = 1e300 })).RefusedFor("loss");
        (await ReportAsync(new { loss_count = 10, loss = "NaN" })).Refused(400, ErrorCodes.InvalidRequest);
        (await ReportAsync(new { inferences = 1, latency_total_ms = 5 })).RefusedFor("latency_total_ms");
        (await scene.MeasureAsync(device, "9.9.9", 0.5)).Refused(422, ErrorCodes.UnknownVersion);

        // Of versions that are not the device's arm's: they say nothing of the arm.
        (await scene.MeasureAsync(device, "2.0.0", 0.5)).Ok();
        (await scene.MeasureAsync(device, "3.0.0", 0.5)).Ok();
        (await scene.CommandAsync("trial", "pause")).Ok();
        (await scene.MeasureAsync(device, "1.0.0", 0.25)).Ok();
        (await scene.CommandAsync("trial", "resume")).Ok();
        (await scene.MeasureAsync(device, "1.0.0", 0.75)).Ok();

        var control = (await scene.HeardAsync("trial", 1)).List("variants").First();
        Assert.Equal((1, 0.75), (control.Number("devices"), control.GetProperty("accuracy").GetDouble()));

        Task<Answer> ReportAsync(object metrics)
        {
            var report = System.Text.Json.JsonSerializer.SerializeToNode(metrics)!.AsObject();
            (report["model_id"], report["version"]) = (scene.Rollouts.ModelId, "1.0.0");
            report.TryAdd("inferences", 0);
            return scene.TelemetryAsync(device, report);
        }
    }

    [Fact]
    public async Task Experiment_OfAGroup_LeavesOthersAlone_AndRevokedDevicesTakeNoPart()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-group", devices: 4);
        await scene.Rollouts.DeployAsync("3.0.0", 100);
        (await scene.Owner.PostAsync("/device-groups", new { name = "beta", mode = "static" })).Ok();
        (await scene.Owner.PostAsync("/device-groups/beta/devices", new { devices = new[] { "device-1", "device-2" } })).Ok();
        var request = ExperimentScene.Request("beta-trial", scene.Rollouts.Model);
        request["group"] = "beta";
        (await scene.Owner.PostAsync("/experiments", request)).Ok();
        (await scene.CommandAsync("beta-trial", "start")).Ok();

        var versions = await Task.WhenAll(scene.Rollouts.DeviceIds.Select(scene.Rollouts.AssignedAsync));
        Assert.Equal(("3.0.0", "3.0.0"), (versions[0], versions[3]));
        Assert.All(versions[1..3], version => Assert.Contains(version, (string[])["1.0.0", "2.0.0"]));
        (await scene.Owner.GetAsync("/experiments/beta-trial/assign?device_id=device-0")).Refused(404, ErrorCodes.NotEnrolled);
        (await scene.Owner.GetAsync("/experiments/beta-trial/assign?device_id=nobody")).Refused(404, ErrorCodes.NotFound);
        (await scene.Owner.GetAsync("/experiments/beta-trial/assign")).RefusedFor("device_id");

        (await scene.Owner.PostAsync("/devices/device-1/revoke")).Ok();
        (await scene.Owner.GetAsync("/experiments/beta-trial/assign?device_id=device-1")).Refused(403, ErrorCodes.DeviceRevoked);
        (await scene.MeasureAsync(scene.Rollouts.DeviceIds[1], versions[1]!, 0.5)).Refused(403, ErrorCodes.DeviceRevoked);

        // What was promoted goes to the devices that it was about.
        (await scene.CommandAsync("beta-trial", "promote", new { variant = "treatment" })).Ok();
        Assert.Equal(("beta", "2.0.0"), ((await scene.Rollouts.NewestAsync()).Text("group"), await scene.Rollouts.AssignedAsync(scene.Rollouts.DeviceIds[2])));
        Assert.Equal("3.0.0", await scene.Rollouts.AssignedAsync(scene.Rollouts.DeviceIds[0]));
    }

    [Fact]
    public async Task Promote_WhileAnotherVersionRollsOut_IsRefused_AndTheExperimentGoesOn()
    {
        var scene = await ExperimentScene.CreateAsync(server, "experiment-blocked", devices: 4);
        await scene.Rollouts.DeployAsync("1.0.0", 100);
        await scene.Rollouts.DeployAsync("3.0.0", 10);
        await scene.StartAsync("trial");

        (await scene.CommandAsync("trial", "promote", new { variant = "treatment" })).Refused(409, ErrorCodes.RolloutInProgress);
        (await scene.CommandAsync("trial", "promote", new { variant = "nobody" })).Refused(404, ErrorCodes.NotFound);
        Assert.Equal("running", (await scene.GetAsync("trial")).Text("status"));
    }

    private static async Task<Dictionary<string, string>> ArmsAsync(ExperimentScene scene, string name)
    {
        var arms = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var device in scene.Rollouts.DeviceIds)
        {
            arms[device] = (await scene.Rollouts.Devices.GetAsync($"/experiments/{name}/assign?device_id={device}")).Ok().Text("name");
        }

        return arms;
    }
}
