using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;
using ZstdSharp;

namespace Octomil.Api.Tests;

public sealed class UpdateTests(ApiServer server)
{
    // Metadata and padding that an update's header may have beside the model's own: larger bodies are no update of the model.
    private const int FarTooMany = 1 << 20;

    [Fact]
    public async Task Put_OfAnUpdate_IsCountedOnceAndARepeatGetsTheSameReceipt()
    {
        var scene = await TrainingScene.CreateAsync(server, "counts-once", devices: 2);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        var update = await TestWeights.UpdateAsync(0.5f);

        var first = await scene.PutUpdateAsync(round, scene.DeviceIds[0], update);
        var second = await scene.PutUpdateAsync(round, scene.DeviceIds[0], update);
        var other = await scene.PutUpdateAsync(round, "device-0", await TestWeights.UpdateAsync(0.9f));

        var receipt = first.Ok();
        Assert.Equal(("accepted", round), (receipt.Text("status"), receipt.Text("round_id")));
        Assert.Matches("^upd_[0-9a-f]{16}$", receipt.Text("update_id"));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(first.Text, other.Text);
        Assert.Equal(1, (await scene.StatusAsync()).List("contributions").Single().Number("updates"));
        Assert.Empty((await scene.Devices.GetAsync($"/training/rounds?device_id={scene.DeviceIds[0]}&status=active")).Ok().List("rounds"));
        Assert.Equal(1, (await scene.Devices.GetAsync($"/training/rounds/{round}/status")).Ok().Number("participants"));
    }

    [Fact]
    public async Task Put_OfOneUpdateManyTimesAtOnce_IsCountedOnceAndAnsweredAlike()
    {
        var scene = await TrainingScene.CreateAsync(server, "many-at-once", devices: 2);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        var update = await TestWeights.UpdateAsync(0.5f);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => scene.PutUpdateAsync(round, scene.DeviceIds[0], update)));

        Assert.Single(answers.Select(answer => answer.Ok().Text("update_id")).Distinct());
        (await scene.PutUpdateAsync(round, scene.DeviceIds[1], update)).Ok();
        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal(2, run.List("history").Single().Number("samples"));
        Assert.All(await LatestAsync(scene), value => Assert.Equal(1.5f, value));
    }

    [Fact]
    public async Task Put_ToAClosedRound_IsRefusedUnlessItWasCounted()
    {
        var scene = await TrainingScene.CreateAsync(server, "closed-round", devices: 1);
        await scene.StartAsync(rounds: 2);
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        var receipt = await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f));
        receipt.Ok();
        await scene.RoundAsync(scene.DeviceIds[0], 2);
        var late = (await TrainingScene.RegisterAsync(scene.Devices, 2))[1];

        Assert.Equal(receipt.Text, (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f))).Text);
        (await scene.PutUpdateAsync(round, late, await TestWeights.UpdateAsync(0.5f))).Refused(403, ErrorCodes.NotSelected);
        (await scene.PutUpdateAsync("rnd_0123456789abcdef", scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f))).Refused(409, ErrorCodes.RoundNotOpen);
        (await scene.Devices.GetAsync($"/training/rounds/{round}/base?device_id={scene.DeviceIds[0]}")).Refused(409, ErrorCodes.RoundNotOpen);
    }

    [Fact]
    public async Task Put_AfterTheRunWasStopped_Is409()
    {
        var scene = await TrainingScene.CreateAsync(server, "stopped-run", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        (await scene.Owner.PostAsync("/training/stopped-run/stop", new { })).Ok();

        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(0.5f))).Refused(409, ErrorCodes.RoundNotOpen);
        Assert.Equal("abandoned", (await scene.Devices.GetAsync($"/training/rounds/{round}/status")).Ok().Text("status"));
    }

    [Fact]
    public async Task Put_OfADeviceThatWasNotSelected_Is403()
    {
        var scene = await TrainingScene.CreateAsync(server, "not-selected", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        var late = (await TrainingScene.RegisterAsync(scene.Devices, 2))[1];

        (await scene.PutUpdateAsync(round, late, await TestWeights.UpdateAsync(0.5f))).Refused(403, ErrorCodes.NotSelected);
        (await scene.PutUpdateAsync(round, "unregistered", await TestWeights.UpdateAsync(0.5f))).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Put_OfAnotherModelsUpdate_Is422AndNamesTheTensor()
    {
        var scene = await TrainingScene.CreateAsync(server, "wrong-model", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();

        var problem = await RefusedAsync(await TestWeights.UpdateAsync(1, name: "v"));
        Assert.Equal((WeightsErrors.UnknownTensor, "v"), (problem.Text("reason"), problem.Text("tensor")));
        problem = await RefusedAsync(await TestWeights.UpdateAsync(1, parameters: 4));
        Assert.Equal((WeightsErrors.WrongShape, "w"), (problem.Text("reason"), problem.Text("tensor")));
        problem = await RefusedAsync(await TestWeights.UpdateAsync(float.NaN));
        Assert.Equal("w", problem.Text("tensor"));
        problem = await RefusedAsync(await TestWeights.UpdateAsync(2000));
        Assert.Equal("w", problem.Text("tensor"));
        await RefusedAsync([]);
        await RefusedAsync([0x93, .. "NUMPY"u8, 1, 0, .. new byte[200]]);
        await RefusedAsync((await TestWeights.UpdateAsync(1))[..^1]);

        Assert.Equal(0, (await scene.StatusAsync()).List("contributions").Single().Number("updates"));
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Ok();

        async Task<System.Text.Json.JsonElement> RefusedAsync(byte[] body) =>
            (await scene.PutUpdateAsync(round, scene.DeviceIds[0], body)).Refused(422, ErrorCodes.InvalidWeights);
    }

    [Fact]
    public async Task Put_WithBadMetadata_Is422AndNamesTheKey()
    {
        var scene = await TrainingScene.CreateAsync(server, "bad-metadata", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        UpdateContent[] contents =
        [
            new() { SampleCount = 0 },
            new() { SampleCount = 1, Steps = -1 },
            new() { SampleCount = 1, EvalCount = -1 },
            new() { SampleCount = 1, EvalAccuracy = 1.5 },
            new() { SampleCount = 1, Metrics = "[]" },
        ];

        foreach (var (content, key) in contents.Zip(["sample_count", "steps", "eval_count", "eval_accuracy", "metrics"]))
        {
            (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1, content))).RefusedFor(key, 422, ErrorCodes.InvalidWeights);
        }
    }

    [Fact]
    public async Task Put_WithMetrics_CountsAndKeepsNoneOfThem()
    {
        var scene = await TrainingScene.CreateAsync(server, "keeps-no-metrics", devices: 1);
        await scene.StartAsync();
        var content = new UpdateContent { SampleCount = 1, EvalCount = 4, EvalLoss = 0.25, EvalAccuracy = 0.75, Metrics = """{"secret_of_mine": 42}""" };

        (await scene.PutUpdateAsync(await scene.OpenRoundAsync(), scene.DeviceIds[0], await TestWeights.UpdateAsync(1, content))).Ok();

        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal((0.25, 0.75), (run.GetProperty("loss").GetDouble(), run.GetProperty("accuracy").GetDouble()));
        var version = await scene.Owner.GetAsync("/models/keeps-no-metrics/versions");
        Assert.DoesNotContain("secret_of_mine", version.Text + run.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_OfAZstdBody_IsReadAsTheBodyInIt()
    {
        var scene = await TrainingScene.CreateAsync(server, "zstd", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        using var compressor = new Compressor();
        var body = compressor.Wrap(await TestWeights.UpdateAsync(0.5f)).ToArray();

        var broken = await scene.PutUpdateAsync(round, scene.DeviceIds[0], Encoded(body[..^3], "zstd"));
        var notZstd = await scene.PutUpdateAsync(round, scene.DeviceIds[0], Encoded(await TestWeights.UpdateAsync(0.5f), "zstd"));
        var unknown = await scene.PutUpdateAsync(round, scene.DeviceIds[0], Encoded(body, "gzip"));
        var whole = await scene.PutUpdateAsync(round, scene.DeviceIds[0], Encoded(body, "zstd"));

        broken.Refused(422, ErrorCodes.InvalidWeights);
        notZstd.Refused(422, ErrorCodes.InvalidWeights);
        unknown.Refused(415, ErrorCodes.InvalidRequest);
        whole.Ok();
        await scene.UntilAsync("COMPLETED");
        Assert.All(await LatestAsync(scene), value => Assert.Equal(1.5f, value));
    }

    [Fact]
    public async Task Put_OfAZstdBodyThatUnpacksToMuch_IsRefused()
    {
        var scene = await TrainingScene.CreateAsync(server, "zstd-bomb", devices: 1);
        await scene.StartAsync();
        using var compressor = new Compressor();
        var body = compressor.Wrap((byte[])[.. await TestWeights.UpdateAsync(0.5f), .. new byte[64 << 20]]).ToArray();
        Assert.True(body.Length < 64 * 1024);

        (await scene.PutUpdateAsync(await scene.OpenRoundAsync(), scene.DeviceIds[0], Encoded(body, "zstd"))).Refused(413, ErrorCodes.TooLarge);
    }

    [Fact]
    public async Task Put_OfABodyThatIsTooLong_Is413()
    {
        var scene = await TrainingScene.CreateAsync(server, "too-long", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        byte[] body = [.. await TestWeights.UpdateAsync(0.5f), .. new byte[FarTooMany]];

        var announced = await scene.PutUpdateAsync(round, scene.DeviceIds[0], body);
        var chunked = await scene.PutUpdateAsync(round, scene.DeviceIds[0], Chunked(body));
        var headerOnly = await scene.PutUpdateAsync(round, scene.DeviceIds[0], Chunked([.. BitConverter.GetBytes((long)FarTooMany), .. new byte[FarTooMany]]));

        announced.Refused(413, ErrorCodes.TooLarge);
        chunked.Refused(413, ErrorCodes.TooLarge);
        headerOnly.Refused(413, ErrorCodes.TooLarge);
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], Chunked(await TestWeights.UpdateAsync(0.5f)))).Ok();
    }

    [Fact]
    public async Task Put_OfFullWeights_IsMeasuredAgainstTheBase()
    {
        var scene = await TrainingScene.CreateAsync(server, "full-weights", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        var far = new UpdateContent { SampleCount = 1, Format = UpdateFormat.Weights };

        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(5000, far))).Refused(422, ErrorCodes.InvalidWeights);
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(3, far))).Ok();

        await scene.UntilAsync("COMPLETED");
        Assert.All(await LatestAsync(scene), value => Assert.Equal(3, value));
    }

    private static async Task<float[]> LatestAsync(TrainingScene scene)
    {
        var version = (await scene.Owner.GetAsync($"/models/{scene.Model}/versions/latest")).Ok().Text("version");
        return TestWeights.Trained((await scene.Owner.GetAsync($"/models/{scene.Model}/versions/{version}/download")).Body);
    }

    private static HttpContent Encoded(byte[] body, string encoding)
    {
        var content = ModelCalls.Bytes(body);
        content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    // A stream that does not tell its length is sent in chunks.
    private static StreamContent Chunked(byte[] body) => new(new UnsizedStream(body));

    private sealed class UnsizedStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
