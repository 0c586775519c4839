using System.Net;
using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class RoundTests(ApiServer server)
{
    private const string Architecture = """
        {"kind": "linear", "output_type": "binary", "output_dim": 1, "target_col": "y", "classes": ["a", "b"],
         "features": [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}], "seed": 1}
        """;

    [Fact]
    public async Task Run_OfTwoRoundsWithThreeDevices_PublishesTheirWeightedMean()
    {
        var scene = await TrainingScene.CreateAsync(server, "two-rounds", devices: 3);
        await scene.StartAsync(rounds: 2);

        for (var number = 1; number <= 2; number++)
        {
            foreach (var (device, index) in scene.DeviceIds.Select((device, index) => (device, index)))
            {
                var assignment = await scene.RoundAsync(device, number);
                var file = await BaseAsync(scene.Devices, assignment);
                Assert.All(TestWeights.Trained(file), value => Assert.Equal(number == 1 ? 1 : 3, value));

                // The mean of 1, 2 and 3 with the weights 1, 2 and 1 is 2.
                var content = new UpdateContent { SampleCount = index == 1 ? 2 : 1, EvalCount = 10, EvalLoss = 0.5 / number, EvalAccuracy = 0.4 * number };
                (await scene.PutUpdateAsync(assignment.Text("round_id"), device, await TestWeights.UpdateAsync(index + 1, content))).Ok();
            }
        }

        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal((2, 2, "2.0.0"), (run.Number("current_round"), run.Number("total_rounds"), run.Text("new_version")));
        Assert.Equal([3L, 3L], run.List("history").Select(round => round.Number("updates")));
        Assert.Equal([4L, 4L], run.List("history").Select(round => round.Number("samples")));
        Assert.Equal([0.4, 0.8], run.List("history").Select(round => Math.Round(round.GetProperty("accuracy").GetDouble(), 6)));
        Assert.Equal("improving", run.Text("trend"));
        var version = (await scene.Owner.GetAsync("/models/two-rounds/versions")).Ok().List("versions").First();
        Assert.Equal("2.0.0", version.Text("version"));
        Assert.Equal((run.Text("session_id"), "1.0.0", 2), (
            version.GetProperty("lineage").Text("session_id"), version.GetProperty("lineage").Text("base_version"), version.GetProperty("lineage").Number("rounds")));
        var published = await scene.Owner.GetAsync("/models/two-rounds/versions/2.0.0/download");
        Assert.Equal(version.Text("sha256"), TestWeights.Sha256(published.Body));
        Assert.All(TestWeights.Trained(published.Body), value => Assert.Equal(5, value));
    }

    [Fact]
    public async Task Assignment_HasTheShapeThatDevicesRead()
    {
        var scene = await TrainingScene.CreateAsync(server, "assignment-shape", devices: 1);
        var run = await scene.StartAsync();

        var assignment = await scene.AssignmentAsync(scene.DeviceIds[0]);

        Assert.Matches("^rnd_[0-9a-f]{16}$", assignment.Text("round_id"));
        Assert.Equal((run, 1, "train"), (assignment.Text("session_id"), assignment.Number("round_number"), assignment.Text("kind")));
        Assert.Equal(("assignment-shape", $"1.0.0+{run}"), (assignment.Text("model"), assignment.Text("version")));
        Assert.StartsWith($"/api/v1/training/rounds/{assignment.Text("round_id")}/base", assignment.GetProperty("base").Text("url"), StringComparison.Ordinal);
        Assert.True(assignment.GetProperty("deadline").TryGetDateTimeOffset(out _));
        Assert.Equal((5, 32, "sgd"), (
            assignment.GetProperty("training").Number("epochs"), assignment.GetProperty("training").Number("batch_size"), assignment.GetProperty("training").Text("optimizer")));
        Assert.Equal("fedavg", assignment.GetProperty("strategy").Text("name"));
        Assert.Equal((1024, 65536), (assignment.GetProperty("limits").Number("max_magnitude"), assignment.GetProperty("limits").Number("max_sample_count")));
        Assert.Equal(assignment.Text("version"), assignment.GetProperty("config").Text("version"));
        var status = (await scene.Devices.GetAsync($"/training/rounds/{assignment.Text("round_id")}/status")).Ok();
        Assert.Equal(("open", 1, 0, 1), (status.Text("status"), status.Number("round_number"), status.Number("participants"), status.Number("target_participants")));
    }

    [Fact]
    public async Task Poll_WithBadParameters_IsRefused()
    {
        (await server.Operator.GetAsync("/training/rounds")).RefusedFor("device_id");
        (await server.Operator.GetAsync("/training/rounds?device_id=nobody")).Refused(404, ErrorCodes.NotFound);
        (await server.Operator.GetAsync("/training/rounds?device_id=nobody&status=closed")).RefusedFor("status");
        (await server.Operator.GetAsync("/training/rounds/rnd_0123456789abcdef/status")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Base_IsForDevicesOfTheCohortAlone()
    {
        var scene = await TrainingScene.CreateAsync(server, "base-of-the-cohort", devices: 1);
        await scene.StartAsync();
        var assignment = await scene.AssignmentAsync(scene.DeviceIds[0]);
        var path = $"/training/rounds/{assignment.Text("round_id")}/base";
        await TrainingScene.RegisterAsync(scene.Devices, 2);
        var stranger = await server.OrganizationAsync("Wants others' base");
        await TrainingScene.RegisterAsync(stranger, 1);

        var file = await BaseAsync(scene.Devices, assignment);
        var tag = $"\"{assignment.GetProperty("base").Text("sha256")}\"";
        Assert.Equal(file, (await scene.Devices.GetAsync($"{path}?device_id=device-0")).Body);
        Assert.Equal(HttpStatusCode.NotModified, (await scene.Devices.GetAsync($"{path}?device_id=device-0", ("If-None-Match", tag))).Status);
        Assert.Equal(file[5..], (await scene.Devices.GetAsync($"{path}?device_id=device-0", ("Range", "bytes=5-"), ("If-Range", tag))).Body);

        (await scene.Devices.GetAsync(path)).RefusedFor("device_id");
        (await scene.Devices.GetAsync($"{path}?device_id=device-1")).Refused(403, ErrorCodes.NotSelected);
        (await scene.Devices.GetAsync($"{path}?device_id=unregistered")).Refused(404, ErrorCodes.NotFound);
        (await stranger.GetAsync($"{path}?device_id={scene.DeviceIds[0]}")).Refused(404, ErrorCodes.NotFound);
        (await stranger.GetAsync($"{path}?device_id=device-0")).Refused(404, ErrorCodes.NotFound);
        (await scene.Devices.GetAsync("/training/rounds/rnd_0123456789abcdef/base?device_id=device-0")).Refused(404, ErrorCodes.NotFound);
        (await stranger.GetAsync($"/training/rounds/{assignment.Text("round_id")}/status")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Base_OfAFederationsRound_IsNotForAnotherMembersDevice()
    {
        var (owner, member) = (await server.OrganizationAsync("Owner of a base"), await server.OrganizationAsync("Member with a base"));
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        await owner.FederateAsync("f", member, "m");
        var owners = (await TrainingScene.RegisterAsync(owner, 1))[0];
        var members = (await TrainingScene.RegisterAsync(member, 1))[0];
        (await owner.PostAsync("/training/sessions", new { model_id = "m", rounds = 1, min_devices = 2 })).Ok();
        var assignment = await TrainingScene.AssignmentAsync(member, members);
        var path = $"/training/rounds/{assignment.Text("round_id")}/base?device_id=";

        Assert.Equal(HttpStatusCode.OK, (await member.GetAsync(path + members)).Status);
        (await member.GetAsync(path + owners)).Refused(404, ErrorCodes.NotFound);
        (await member.SendAsync(HttpMethod.Put, $"/training/rounds/{assignment.Text("round_id")}/updates/{owners}", ModelCalls.Bytes(await TestWeights.UpdateAsync(1))))
            .Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Latest_WithADevicesKeyInARun_IsTheAliasOfTheRunsWeights()
    {
        var scene = await TrainingScene.CreateAsync(server, "alias-of-a-run", devices: 1);
        var reader = await scene.Owner.WithScopesAsync(Scopes.ModelsRead);
        Assert.Equal("1.0.0", await LatestAsync(scene.Devices));
        var run = await scene.StartAsync(rounds: 2);
        var alias = $"1.0.0+{run}";
        var path = $"/models/{scene.Model}/versions/{Uri.EscapeDataString(alias)}/download";

        Assert.Equal(alias, await LatestAsync(scene.Devices));
        Assert.Equal("1.0.0", await LatestAsync(reader));
        Assert.Equal("1.0.0", await LatestAsync(scene.Owner));
        Assert.All(TestWeights.Trained((await scene.Devices.GetAsync(path)).Body), value => Assert.Equal(1, value));
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Ok();

        var second = await scene.RoundAsync(scene.DeviceIds[0], 2);
        var file = (await scene.Devices.GetAsync(path)).Body;
        Assert.Equal(second.GetProperty("base").Text("sha256"), TestWeights.Sha256(file));
        Assert.All(TestWeights.Trained(file), value => Assert.Equal(2, value));
        var url = new Uri((await scene.Devices.GetAsync(path.Replace("/download", "/download-url", StringComparison.Ordinal))).Ok().Text("url"));
        Assert.Equal(file, (await server.Anonymous.GetAsync(url.PathAndQuery)).Body);

        (await scene.PutUpdateAsync(second.Text("round_id"), scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Ok();
        await scene.UntilAsync("COMPLETED");
        Assert.Equal("2.0.0", await LatestAsync(scene.Devices));
        (await scene.Devices.GetAsync(path)).Refused(404, ErrorCodes.NotFound);

        async Task<string> LatestAsync(ApiCaller caller) => (await caller.GetAsync($"/models/{scene.Model}/versions/latest")).Ok().Text("version");
    }

    [Fact]
    public async Task Alias_IsForOrganizationsThatTakePartAlone()
    {
        var (owner, member) = (await server.OrganizationAsync("Runs in a group"), await server.OrganizationAsync("Has no such group"));
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        await owner.FederateAsync("f", member, "m");
        (await owner.PostAsync("/device-groups", new { name = "production" })).Ok();
        var run = (await owner.PostAsync("/training/sessions", new { model_id = "m", group = "production" })).Ok().Text("session_id");
        var (owners, members) = (await owner.WithScopesAsync(Scopes.DevicesWrite), await member.WithScopesAsync(Scopes.DevicesWrite));

        Assert.Equal($"1.0.0+{run}", (await owners.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
        Assert.Equal("1.0.0", (await members.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
        (await members.GetAsync($"/models/m/versions/1.0.0%2B{run}/download")).Refused(404, ErrorCodes.NotFound);
        (await owners.GetAsync($"/models/m/versions/9.0.0%2B{run}/download")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Run_OfAnArchitecture_AsksForStatisticsUpdatesAndMetricsInTurn()
    {
        var scene = await TrainingScene.CreateAsync(server, "statistics", devices: 2, architecture: Architecture);
        await scene.StartAsync();
        var first = await scene.AssignmentAsync(scene.DeviceIds[0], round => round.Text("kind") == "statistics");
        var round = first.Text("round_id");

        await RefuseStatisticsAsync(scene, round);
        await AnswerStatisticsAsync(scene, round);

        var train = await scene.RoundAsync(scene.DeviceIds[0], 1);
        var downloaded = await BaseAsync(scene.Devices, train);
        var file = ModelWeights.Load(downloaded);
        Assert.True(train.GetProperty("architecture").GetProperty("scaled").GetBoolean());
        Assert.Equal([3f, 0f], file.Frozen("input.mean").ToArray());
        (await scene.Devices.PutAsync($"/training/rounds/{train.Text("round_id")}/statistics/device-0", Statistics(20, 1))).Refused(409, ErrorCodes.WrongKind);
        foreach (var device in scene.DeviceIds)
        {
            (await scene.PutUpdateAsync(train.Text("round_id"), device, await TestWeights.UnchangedAsync(downloaded))).Ok();
        }

        var evaluate = await scene.AssignmentAsync(scene.DeviceIds[0], round => round.Text("kind") == "evaluate");
        await AnswerEvaluationAsync(scene, evaluate.Text("round_id"));

        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal("2.0.0", run.Text("new_version"));
        var metrics = (await scene.Owner.GetAsync("/models/statistics/versions")).Ok().List("versions").First().GetProperty("metrics");
        Assert.Equal((0.875, 0.25, 0.5), (metrics.GetProperty("accuracy").GetDouble(), metrics.GetProperty("loss").GetDouble(), metrics.GetProperty("auc").GetDouble()));
    }

    private static async Task RefuseStatisticsAsync(TrainingScene scene, string round)
    {
        var path = $"/training/rounds/{round}/statistics/device-0";
        (await scene.Devices.PutAsync(path, new { rows = 20, features = new { } })).RefusedFor("features");
        (await scene.Devices.PutAsync(path, new { rows = -1, features = new { x = new { count = 0, mean = 0, m2 = 0 } } })).RefusedFor("rows");
        (await scene.Devices.PutAsync(path, new { rows = 20, features = new { x = new { count = 20, mean = 0, m2 = -1 } } })).RefusedFor("features");
        (await scene.Devices.PutAsync(path, new { rows = 20 })).RefusedFor("features");
        (await scene.Devices.PutAsync($"/training/rounds/{round}/statistics/unknown", Statistics(20, 1))).Refused(404, ErrorCodes.NotFound);
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Refused(409, ErrorCodes.WrongKind);
        (await scene.Devices.PutAsync($"/training/rounds/{round}/evaluation/device-0", new { eval_count = 1 })).Refused(409, ErrorCodes.WrongKind);
    }

    private static async Task AnswerStatisticsAsync(TrainingScene scene, string round)
    {
        var receipt = await scene.Devices.PutAsync($"/training/rounds/{round}/statistics/device-0", Statistics(20, 2));
        Assert.Equal(("accepted", round), (receipt.Ok().Text("status"), receipt.Ok().Text("round_id")));
        Assert.Equal(receipt.Text, (await scene.Devices.PutAsync($"/training/rounds/{round}/statistics/device-0", Statistics(20, 7))).Text);
        (await scene.Devices.PutAsync($"/training/rounds/{round}/statistics/device-1", Statistics(20, 4))).Ok();
    }

    private static async Task AnswerEvaluationAsync(TrainingScene scene, string round)
    {
        var path = $"/training/rounds/{round}/evaluation/";
        (await scene.Devices.PutAsync($"{path}device-0", new { eval_count = -1 })).RefusedFor("eval_count");
        (await scene.Devices.PutAsync($"{path}device-0", new { eval_count = 1, eval_accuracy = 2 })).RefusedFor("eval_accuracy");
        (await scene.Devices.PutAsync($"{path}device-0", new { })).RefusedFor("eval_count");
        (await scene.Devices.PutAsync($"{path}device-0", new { eval_count = 10, eval_loss = 0.5, eval_accuracy = 0.5, metrics = new { auc = 0.5 } })).Ok();
        (await scene.Devices.PutAsync($"{path}device-0", new { eval_count = 10, eval_loss = 9, eval_accuracy = 0 })).Ok();

        // 10 rows of 0.5 and 30 rows of 1 and so on.
        (await scene.Devices.PutAsync($"{path}device-1", new { eval_count = 30, eval_loss = 1.0 / 6, eval_accuracy = 1 })).Ok();
    }

    [Fact]
    public async Task Statistics_OfFewRows_AreNotKept()
    {
        var scene = await TrainingScene.CreateAsync(server, "few-rows", devices: 2, architecture: Architecture);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();

        (await scene.Devices.PutAsync($"/training/rounds/{round}/statistics/device-0", Statistics(9, 1))).Refused(422, ErrorCodes.TooFewRows);
        var late = (await TrainingScene.RegisterAsync(scene.Devices, 3))[2];
        (await scene.Devices.PutAsync($"/training/rounds/{round}/statistics/{late}", Statistics(20, 1))).Refused(403, ErrorCodes.NotSelected);

        (await scene.Owner.PostAsync("/training/few-rows/stop", new { })).Ok();
    }

    private static object Statistics(int rows, double mean) =>
        new { rows, features = new { x = new { count = rows, mean, m2 = 10.0 }, z = new { count = rows, mean = 0.0, m2 = 10.0 } } };

    private static async Task<byte[]> BaseAsync(ApiCaller devices, JsonElement assignment)
    {
        var weights = assignment.GetProperty("base");
        var answer = await devices.GetAsync(weights.Text("url"));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal((weights.Text("sha256"), weights.Number("bytes")), (TestWeights.Sha256(answer.Body), answer.Body.Length));
        return answer.Body;
    }
}
