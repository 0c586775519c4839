using System.Net;
using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class AsynchronousRunTests(ApiServer server)
{
    private static readonly double Late = 1 / Math.Sqrt(2);

    [Fact]
    public async Task FedBuff_CountsLateUpdatesForLess_AndEachOnce()
    {
        var scene = await TrainingScene.CreateAsync(server, "fedbuff", devices: 4);
        await StartAsync(scene, buffer: 2, maxStaleness: 1, rounds: 3);
        var first = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        var receipt = await scene.PutUpdateAsync(first, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f));
        receipt.Ok();
        (await scene.PutUpdateAsync(first, scene.DeviceIds[1], await TestWeights.UpdateAsync(0.25f))).Ok();

        // The buffer is full: two devices get the new weights, two still train from the old ones.
        var second = (await scene.RoundAsync(scene.DeviceIds[0], 2)).Text("round_id");
        Assert.Equal(first, (await scene.AssignmentAsync(scene.DeviceIds[2])).Text("round_id"));
        var oldBase = await scene.Devices.GetAsync($"/training/rounds/{first}/base?device_id={scene.DeviceIds[2]}");
        Assert.All(TestWeights.Trained(oldBase.Body), value => Assert.Equal(1f, value));
        (await scene.Devices.GetAsync($"/training/rounds/{first}/base?device_id={scene.DeviceIds[0]}")).Refused(403, ErrorCodes.NotSelected);
        Assert.Equal(receipt.Text, (await scene.PutUpdateAsync(first, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f))).Text);
        var late = await scene.PutUpdateAsync(first, scene.DeviceIds[2], await TestWeights.UpdateAsync(1f));
        Assert.Equal(first, late.Ok().Text("round_id"));
        (await scene.PutUpdateAsync(second, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f))).Ok();

        // Two changes behind is too old; that device has the current weights to train from. A repeat is known, in whatever round it counted.
        var third = (await scene.RoundAsync(scene.DeviceIds[3], 3)).Text("round_id");
        (await scene.PutUpdateAsync(first, scene.DeviceIds[3], await TestWeights.UpdateAsync(9f))).Refused(409, ErrorCodes.RoundNotOpen);
        Assert.Equal(late.Text, (await scene.PutUpdateAsync(first, scene.DeviceIds[2], await TestWeights.UpdateAsync(1f))).Text);

        // Full weights are measured against the base they were trained from.
        var full = new UpdateContent { SampleCount = 1, Format = UpdateFormat.Weights };
        (await scene.PutUpdateAsync(second, scene.DeviceIds[1], await TestWeights.UpdateAsync(2.375f, full))).Ok();
        (await scene.PutUpdateAsync(third, scene.DeviceIds[3], await TestWeights.UpdateAsync(0.25f))).Ok();
        await scene.UntilAsync("COMPLETED");

        var expected = 1 + (0.75 / 2) + ((Late + 0.5) / 2) + ((Late + 0.25) / 2);
        Assert.All(await LatestAsync(scene), value => Assert.Equal(expected, value, 1e-6));
        await AssertCountedAsync(scene, second, (scene.DeviceIds[0], second, 0), (scene.DeviceIds[2], first, 1));
        await AssertCountedAsync(scene, third, (scene.DeviceIds[1], second, 1), (scene.DeviceIds[3], third, 0));
    }

    [Fact]
    public async Task FedBuff_WithUpdatesThatArriveWhileRoundsClose_TakesEveryOneOnce()
    {
        const int Devices = 12, Rounds = 5;
        var scene = await TrainingScene.CreateAsync(server, "fedbuff-storm", devices: Devices);
        await StartAsync(scene, buffer: 3, maxStaleness: 20, Rounds);

        // Everybody sends at the same time, without looking whether a round is being closed.
        var answers = new List<Answer>();

        while ((await scene.StatusAsync()).Text("status") != "COMPLETED")
        {
            var sent = await Task.WhenAll(scene.DeviceIds.Select(async device =>
            {
                var offers = (await scene.Devices.GetAsync($"/training/rounds?device_id={device}&status=active")).Ok().List("rounds").ToList();
                return offers.Count == 0 ? null : await scene.PutUpdateAsync(offers[0].Text("round_id"), device, await TestWeights.UpdateAsync(0.5f));
            }));
            answers.AddRange(sent.OfType<Answer>());
        }

        // 503: between two rounds for too long, 409: the run was over.
        Assert.All(answers, answer => Assert.Contains((int)answer.Status, new[] { 200, 503, 409 }));
        var run = await scene.StatusAsync();
        Assert.Equal(Rounds, run.List("history").Count());
        Assert.All(run.List("history"), round => Assert.InRange(round.Number("updates"), 3, Devices));
        var counted = run.List("history").Sum(round => round.Number("updates"));
        Assert.InRange(answers.Count(answer => answer.Status is HttpStatusCode.OK), counted, counted + Devices);
    }

    [Theory]
    [InlineData("buffer", "0")]
    [InlineData("buffer", "2.5")]
    [InlineData("max_staleness", "-1")]
    [InlineData("max_staleness", "101")]
    public async Task FedBuff_WithAParameterThatCannotBe_IsRefused(string name, string value)
    {
        var scene = await TrainingScene.CreateAsync(server, $"fedbuff-{name}-{value}".Replace('.', '-').Replace('_', '-'), devices: 1);

        var answer = await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = scene.Model, strategy = "fedbuff", rounds = 1, @params = new Dictionary<string, string> { [name] = value },
        });

        answer.Refused(400, ErrorCodes.InvalidRequest);
        Assert.Contains(name, answer.Text, StringComparison.Ordinal);
    }

    private static async Task StartAsync(TrainingScene scene, int buffer, int maxStaleness, int rounds) => (await scene.Owner.PostAsync("/training/sessions", new
    {
        model_id = scene.Model, strategy = "fedbuff", rounds, min_devices = scene.DeviceIds.Count, min_updates = 1,
        @params = new Dictionary<string, string> { ["buffer"] = $"{buffer}", ["max_staleness"] = $"{maxStaleness}" },
    })).Ok();

    private static async Task AssertCountedAsync(TrainingScene scene, string round, params (string Device, string Base, int Staleness)[] expected)
    {
        var said = (await scene.Owner.GetAsync($"/training/rounds/{round}/contributions")).Ok();
        Assert.Equal(
            expected.ToHashSet(),
            said.List("devices").Where(device => device.GetProperty("counted").GetBoolean())
                .Select(device => (device.Text("device_id"), device.Text("base_round_id"), (int)device.Number("staleness"))).ToHashSet());
    }

    private static async Task<float[]> LatestAsync(TrainingScene scene)
    {
        var version = (await scene.Owner.GetAsync($"/models/{scene.Model}/versions/latest")).Ok().Text("version");
        return TestWeights.Trained((await scene.Owner.GetAsync($"/models/{scene.Model}/versions/{version}/download")).Body);
    }
}
