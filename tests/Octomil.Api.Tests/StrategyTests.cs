using System.Net;
using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>Runs with strategies other than means, from the order to the version.</summary>
public sealed class StrategyTests(ApiServer server)
{
    private const int Devices = 3;

    // Three devices send 1, 2 and 9 in every coordinate, with the weights 1, 2 and 1; the base is 1.
    private static readonly float[] Sent = [1, 2, 9];

    [Theory]
    [InlineData("fedmedian", "", "")]
    [InlineData("krum", "", "")]
    [InlineData("fedtrimmedavg", "beta", "0.34")]
    [InlineData("fednova", "", "")]
    [InlineData("normbound", "max_norm", "5.656854249492381")]
    public async Task Run_OfTwoRounds_PublishesWhatTheStrategyMakesOfThem(string strategy, string parameter, string given)
    {
        var scene = await TrainingScene.CreateAsync(server, $"strategy-{strategy}", Devices);
        await StartAsync(scene, strategy, rounds: 2, parameter.Length > 0 ? Params(parameter, given) : null);

        for (var number = 1; number <= 2; number++)
        {
            foreach (var (index, device) in scene.DeviceIds.Index())
            {
                var round = (await scene.RoundAsync(device, number)).Text("round_id");
                var content = new UpdateContent { SampleCount = index == 1 ? 2 : 1, Steps = 1 };
                (await scene.PutUpdateAsync(round, device, await TestWeights.UpdateAsync(Sent[index], content))).Ok();
            }
        }

        Assert.Equal("2.0.0", (await scene.UntilAsync("COMPLETED")).Text("new_version"));
        var published = TestWeights.Trained((await scene.Owner.GetAsync($"/models/strategy-{strategy}/versions/2.0.0/download")).Body);
        float[] wanted = strategy switch
        {
            // 1 and 2 are as near to each other: the first of the cohort, whose order is by ids.
            "krum" => [3, 5],

            // Weights 1, 2 and 1, one step each: (1 + 4 + 9) / 4 a round.
            "fednova" => [8],

            // No longer than 2 in every coordinate: (1 + 2 + 2) / 3 a round.
            "normbound" => [1 + (2 * 5 / 3f)],
            _ => [5],
        };
        Assert.All(published, value => Assert.Contains(wanted, one => Math.Abs(one - value) < 1e-4f));
    }

    [Fact]
    public async Task Scaffold_TakesControlsAndGivesTheServersOut()
    {
        var scene = await TrainingScene.CreateAsync(server, "strategy-scaffold", Devices);
        await StartAsync(scene, "scaffold", rounds: 2);
        var first = await scene.RoundAsync(scene.DeviceIds[0], 1);

        Assert.False(first.TryGetProperty("control", out var none) && none.ValueKind is not JsonValueKind.Null);
        (await scene.Devices.GetAsync($"/training/rounds/{first.Text("round_id")}/control?device_id={scene.DeviceIds[0]}")).Refused(404, ErrorCodes.NotFound);
        var bare = await scene.PutUpdateAsync(first.Text("round_id"), scene.DeviceIds[0], await TestWeights.UpdateAsync(1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bare.Status);
        Assert.Contains("control.w", bare.Text, StringComparison.Ordinal);

        foreach (var (index, device) in scene.DeviceIds.Index())
        {
            (await scene.PutUpdateAsync(first.Text("round_id"), device, await TestWeights.ControlledAsync(Sent[index], 3 * Sent[index]))).Ok();
        }

        var second = await scene.RoundAsync(scene.DeviceIds[1], 2);
        var control = await scene.Devices.GetAsync(second.GetProperty("control").Text("url"));
        Assert.Equal(second.GetProperty("control").Text("sha256"), TestWeights.Sha256(control.Body));
        Assert.Equal(TestWeights.Parameters * sizeof(float), control.Body.Length);
        Assert.Equal(12, BitConverter.ToSingle(control.Body));
        Assert.All(TestWeights.Trained((await scene.Devices.GetAsync(second.GetProperty("base").Text("url"))).Body), value => Assert.Equal(5, value));
        (await scene.Owner.PostAsync("/training/strategy-scaffold/stop", new { })).Ok();
    }

    [Theory]
    [InlineData("fednova", "steps")]
    [InlineData("qfedavg", "loss")]
    public async Task Put_WithoutWhatTheStrategyWeighsBy_Is422AndSaysWhat(string strategy, string fact)
    {
        var scene = await TrainingScene.CreateAsync(server, $"facts-{strategy}", Devices);
        await StartAsync(scene, strategy, rounds: 1);
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");

        var refused = await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(fact, refused.Text, StringComparison.Ordinal);
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1, new UpdateContent { SampleCount = 1, Steps = 2, Loss = 0.5 }))).Ok();
        (await scene.Owner.PostAsync($"/training/facts-{strategy}/stop", new { })).Ok();
    }

    [Theory]
    [InlineData("scaffold", "optimizer", "adam", "sgd")]
    [InlineData("krum", "target_updates", "4", "at least 5")]
    [InlineData("ditto", "rounds", "1", "not supported yet")]
    public async Task Start_OfWhatTheStrategyCannotDo_IsRefusedWithTheReason(string strategy, string option, string value, string expected)
    {
        var owner = await server.OrganizationAsync($"Orders {strategy}");
        await owner.PushAsync("m", await TestWeights.FileAsync(1));
        var number = int.TryParse(value, out var whole);
        var body = new Dictionary<string, object> { ["model_id"] = "m", ["strategy"] = strategy, [option] = number ? whole : value };
        if (strategy == "krum")
        {
            body["params"] = Params("f", "1");
            body["min_updates"] = 1;
        }

        var answer = await owner.PostAsync("/training/sessions", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(expected, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BucketMedian_OfOneOrganization_SaysWhatItWaitsFor()
    {
        var scene = await TrainingScene.CreateAsync(server, "strategy-buckets", Devices);
        await StartAsync(scene, "bucketmedian", rounds: 1);

        await Patience.ForAsync<object>("the reason", async () =>
            (await scene.Owner.GetAsync("/training/strategy-buckets/status")).Text.Contains("at least 3 organizations", StringComparison.Ordinal) ? new object() : null);
        (await scene.Owner.PostAsync("/training/strategy-buckets/stop", new { })).Ok();
    }

    /// <summary>Yesterday's update is not counted again, whoever sends it and wherever to.</summary>
    [Fact]
    public async Task AReplayedUpdate_IsNotCountedAgain()
    {
        var scene = await TrainingScene.CreateAsync(server, "replay", Devices);
        await StartAsync(scene, "fedmedian", rounds: 2);
        var first = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        var update = await TestWeights.UpdateAsync(1);
        var receipt = (await scene.PutUpdateAsync(first, scene.DeviceIds[0], update)).Ok().Text("update_id");
        foreach (var device in scene.DeviceIds.Skip(1))
        {
            (await scene.PutUpdateAsync(first, device, update)).Ok();
        }

        var second = (await scene.RoundAsync(scene.DeviceIds[0], 2)).Text("round_id");
        var stranger = await server.OrganizationAsync("Replays others' updates");
        var own = (await TrainingScene.RegisterAsync(stranger, 1))[0];

        // To the round it was for: the old receipt. Under another's name, by another organization, to another's round: refused.
        Assert.Equal(receipt, (await scene.PutUpdateAsync(first, scene.DeviceIds[0], update)).Ok().Text("update_id"));
        foreach (var round in (string[])[first, second])
        {
            (await stranger.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{scene.DeviceIds[0]}", ModelCalls.Bytes(update))).Refused(404, ErrorCodes.NotFound);
            Assert.Contains((int)(await stranger.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{own}", ModelCalls.Bytes(update))).Status, (int[])[403, 404, 409]);
            (await stranger.GetAsync($"/training/rounds/{round}/control?device_id={own}")).Refused(404, ErrorCodes.NotFound);
            (await stranger.GetAsync($"/training/rounds/{round}/status")).Refused(404, ErrorCodes.NotFound);
        }

        (await stranger.GetAsync("/models/replay")).Refused(404, ErrorCodes.NotFound);
        (await stranger.GetAsync("/models/replay/versions/1.0.0/download")).Refused(404, ErrorCodes.NotFound);
        Assert.Equal(0, (await scene.Devices.GetAsync($"/training/rounds/{second}/status")).Ok().Number("participants"));
        (await scene.Owner.PostAsync("/training/replay/stop", new { })).Ok();
    }

    private static Dictionary<string, string> Params(string name, string value) => new() { [name] = value };

    private static async Task StartAsync(TrainingScene scene, string strategy, int rounds, Dictionary<string, string>? parameters = null) =>
        (await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = scene.Model, strategy, rounds, min_devices = Devices, min_updates = Devices, @params = parameters,
        })).Ok();
}
