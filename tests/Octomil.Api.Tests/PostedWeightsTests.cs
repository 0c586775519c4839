using System.Text;
using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>A server that does not wait long for rounds to close.</summary>
public sealed class HastyServer() : RunningServer(
    ("Octomil:Rounds:LookForDevices", "00:00:00.050"),
    ("Octomil:Uploads:PostedWait", "00:00:00.500"),
    ("Octomil:Uploads:PostedSelectionWait", "00:00:00.500"));

public sealed class PostedWeightsTests(ApiServer server, HastyServer hasty) : IClassFixture<HastyServer>
{
    [Fact]
    public async Task Post_ByAClientThatLoopsOverRounds_StartsEachFromTheLastOnesWeights()
    {
        var scene = await TrainingScene.CreateAsync(server, "posted-rounds", devices: 2);
        await scene.StartAsync(rounds: 3);

        var receipts = await Task.WhenAll(scene.DeviceIds.Select((device, index) => LoopAsync(scene, device, step: index + 1)));

        var run = await scene.UntilAsync("COMPLETED");
        Assert.Equal([2L, 2L, 2L], run.List("history").Select(round => round.Number("updates")));
        Assert.All(receipts, mine => Assert.Equal([1, 2, 3], mine.Select(receipt => receipt.Number("round"))));
        Assert.Equal(6, receipts.SelectMany(mine => mine).Select(receipt => receipt.Text("update_id")).Distinct().Count());

        // The mean of 1 and 2 a round, from 1.
        var published = await scene.Owner.GetAsync("/models/posted-rounds/versions/2.0.0/download?format=pytorch");
        Assert.All(TestWeights.TrainedInArchive(published.Body), value => Assert.Equal(5.5f, value));
    }

    [Fact]
    public async Task Post_WhileTheRoundIsOpen_Is503AndTheSameBodyCountsOnce()
    {
        var scene = await TrainingScene.CreateAsync(hasty, "posted-waits", devices: 2);
        await scene.StartAsync(rounds: 2);
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        var first = Body(scene, 0, await TestWeights.ArchiveAsync(2));

        for (var i = 0; i < 2; i++)
        {
            var waits = await scene.Devices.SendAsync(HttpMethod.Post, "/training/weights", Json(first));
            waits.Refused(503, ErrorCodes.RoundStillOpen);
            Assert.True(waits.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        Assert.Equal(1, (await scene.Devices.GetAsync($"/training/rounds/{round}/status")).Ok().Number("participants"));
        var other = Body(scene, 1, await TestWeights.ArchiveAsync(4));
        await ClosedAsync(() => scene.Devices.SendAsync(HttpMethod.Post, "/training/weights", Json(other)));
        var receipt = await ClosedAsync(() => scene.Devices.SendAsync(HttpMethod.Post, "/training/weights", Json(first)));
        Assert.Equal((round, 1), (receipt.Text("round_id"), receipt.Number("round")));

        // Also in a later round, in which the device is selected, it is the update of the first.
        var second = (await scene.RoundAsync(scene.DeviceIds[0], 2)).Text("round_id");
        Assert.Equal(receipt.GetRawText(), (await scene.Devices.SendAsync(HttpMethod.Post, "/training/weights", Json(first))).Ok().GetRawText());
        Assert.Equal(0, (await scene.Devices.GetAsync($"/training/rounds/{second}/status")).Ok().Number("participants"));
    }

    [Theory]
    [InlineData("delta", false)]
    [InlineData("weights", true)]
    public async Task Post_OfSafetensors_IsReadAsPyTorchIs(string format, bool namesTheRound)
    {
        var scene = await TrainingScene.CreateAsync(server, $"posted-{format}", devices: 1);
        await scene.StartAsync();
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");

        var message = new
        {
            model_id = scene.Model, version = "1.0.0", device_id = "device-0", sample_count = 3, metrics = new { loss = 0.5, note = "text" },
            update_format = format, weights_data = Convert.ToBase64String(await TestWeights.FileAsync(2)), round_id = namesTheRound ? round : null, unknown = new[] { 1 },
        };
        var receipt = await ClosedAsync(() => scene.Devices.PostAsync("/training/weights", message));

        Assert.Equal(("accepted", round), (receipt.Text("status"), receipt.Text("round_id")));
        await scene.UntilAsync("COMPLETED");
        var published = await scene.Owner.GetAsync($"/models/{scene.Model}/versions/2.0.0/download");
        Assert.All(TestWeights.Trained(published.Body), value => Assert.Equal(format == "delta" ? 3 : 2, value));
    }

    [Fact]
    public async Task Post_ThatNoRoundAsksFor_Is409()
    {
        var scene = await TrainingScene.CreateAsync(hasty, "posted-without-round", devices: 2);
        var body = Json(Body(scene, 0, await TestWeights.ArchiveAsync(2)));

        (await scene.Devices.SendAsync(HttpMethod.Post, "/training/weights", body)).Refused(409, ErrorCodes.NotSelected);

        await scene.StartAsync();
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");
        var late = (await scene.Devices.PostAsync("/devices/register", new { device_identifier = "late" })).Ok().Text("id");
        (await scene.Devices.PostAsync("/training/weights", Message(scene.Model, late, await TestWeights.ArchiveAsync(2), round))).Refused(409, ErrorCodes.NotSelected);
        (await scene.Devices.PostAsync("/training/weights", Message(scene.Model, late, await TestWeights.ArchiveAsync(2), null))).Refused(409, ErrorCodes.NotSelected);
        (await scene.Devices.PostAsync("/training/weights", Message(scene.Model, scene.DeviceIds[0], await TestWeights.ArchiveAsync(2), "rnd_0123456789abcdef")))
            .Refused(409, ErrorCodes.RoundNotOpen);
        (await scene.Devices.PostAsync("/training/weights", Message("nothing", scene.DeviceIds[0], await TestWeights.ArchiveAsync(2), null))).Refused(404, ErrorCodes.NotFound);
        (await scene.Devices.PostAsync("/training/weights", Message(scene.Model, "nobody", await TestWeights.ArchiveAsync(2), null))).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Post_OfWhatIsNotTheModelsWeights_Is422AndCountsNothing()
    {
        var scene = await TrainingScene.CreateAsync(server, "posted-nonsense", devices: 1);
        await scene.StartAsync();
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");

        await RefusedAsync([0x93, .. "NUMPY"u8, 1, 0, .. new byte[200]], "not_weights");
        await RefusedAsync([], "not_weights");
        await RefusedAsync(await TestWeights.ArchiveAsync(2, name: "v"), "unknown_tensor");
        await RefusedAsync(await TestWeights.ArchiveAsync(2, parameters: 4), "wrong_shape");
        await RefusedAsync(await TestWeights.ArchiveAsync(float.NaN), "not_finite");
        await RefusedAsync((await TestWeights.ArchiveAsync(2))[..^30], "truncated");
        await RefusedAsync(await TestWeights.FileAsync(2, parameters: 4), "wrong_shape");
        (await scene.Devices.PostAsync("/training/weights", Message(scene.Model, scene.DeviceIds[0], await TestWeights.ArchiveAsync(2000), null))).Refused(422, ErrorCodes.InvalidWeights);
        Assert.Equal(0, (await scene.Devices.GetAsync($"/training/rounds/{round}/status")).Ok().Number("participants"));

        async Task RefusedAsync(byte[] file, string reason) => Assert.Equal(
            reason,
            (await scene.Devices.PostAsync("/training/weights", Message(scene.Model, scene.DeviceIds[0], file, null))).Refused(422, ErrorCodes.InvalidWeights).Text("reason"));
    }

    [Theory]
    [InlineData("""{"device_id": "d", "sample_count": 1, "weights_data": ""}""", 400, "model_id")]
    [InlineData("""{"model_id": "m", "sample_count": 1, "weights_data": ""}""", 400, "device_id")]
    [InlineData("""{"model_id": "m", "device_id": "d", "weights_data": ""}""", 400, "sample_count")]
    [InlineData("""{"model_id": "m", "device_id": "d", "sample_count": "7", "weights_data": ""}""", 400, "sample_count")]
    [InlineData("""{"model_id": "m", "device_id": "d", "sample_count": 1}""", 400, "weights_data")]
    [InlineData("""{"model_id": "m", "device_id": "d", "sample_count": 1, "update_format": "both", "weights_data": ""}""", 400, "update_format")]
    [InlineData("""{"model_id": "m", "device_id": "d", "sample_count": 1, "weights_data": "%%%"}""", 422, "base64")]
    [InlineData("""{"model_id": "m", "device_id": "d", "sample_count": 1, "weights_data": "AAAA" """, 400, "JSON")]
    [InlineData("""["model_id"]""", 400, "JSON")]
    [InlineData("""{"model_id": "m"} more""", 400, "JSON")]
    [InlineData("", 400, "JSON")]
    public async Task Post_OfABodyThatIsNotTheMessage_SaysWhatIsWrong(string body, int status, string named)
    {
        var answer = await server.Operator.SendAsync(HttpMethod.Post, "/training/weights", new StringContent(body, Encoding.UTF8, "application/json"));

        answer.RefusedFor(named, status, status == 422 ? ErrorCodes.InvalidWeights : ErrorCodes.InvalidRequest);
    }

    [Fact]
    public async Task Post_WithEscapedBase64_IsRead()
    {
        var scene = await TrainingScene.CreateAsync(server, "posted-escaped", devices: 1);
        await scene.StartAsync();
        await scene.RoundAsync(scene.DeviceIds[0], 1);
        var body = Body(scene, 0, await TestWeights.ArchiveAsync(-1.9999999f));
        Assert.Contains('/', Convert.ToBase64String(await TestWeights.ArchiveAsync(-1.9999999f)));

        await ClosedAsync(() => scene.Devices.SendAsync(HttpMethod.Post, "/training/weights", Json(body.Replace("/", "\\/", StringComparison.Ordinal))));
    }

    private static async Task<List<JsonElement>> LoopAsync(TrainingScene scene, string device, float step)
    {
        var receipts = new List<JsonElement>();
        var version = await Patience.ForAsync("the run to have its name", async () =>
            (await scene.Devices.GetAsync($"/models/{scene.Model}/versions/latest")).Ok().Text("version") is var name && name.Contains('+', StringComparison.Ordinal) ? name : null);
        for (var i = 0; i < 3; i++)
        {
            var start = TestWeights.TrainedInArchive((await scene.Devices.GetAsync($"/models/{scene.Model}/versions/{Uri.EscapeDataString(version)}/download?format=pytorch")).Body);
            var message = Message(scene.Model, device, await TestWeights.ArchiveAsync(start[0] + step), null);

            receipts.Add(await ClosedAsync(() => scene.Devices.PostAsync("/training/weights", message)));
        }

        return receipts;
    }

    /// <summary>As those clients do: a 503 is tried again.</summary>
    internal static async Task<JsonElement> ClosedAsync(Func<Task<Answer>> postAsync) => (JsonElement)await Patience.ForAsync<object>(
        "the round to close", async () => await postAsync() is { Status: not System.Net.HttpStatusCode.ServiceUnavailable } answer ? answer.Ok() : null);

    private static object Message(string model, string device, byte[] file, string? round) => new
    {
        model_id = model, version = "1.0.0", device_id = device, sample_count = 1, metrics = new { loss = 0.1 },
        update_format = "weights", weights_data = Convert.ToBase64String(file), round_id = round,
    };

    private static string Body(TrainingScene scene, int device, byte[] file) => $$"""
        {"model_id": "{{scene.Model}}", "version": "1.0.0", "device_id": "{{scene.DeviceIds[device]}}", "sample_count": 1, "metrics": {}, "update_format": "weights", "weights_data": "{{Convert.ToBase64String(file)}}"}
        """;

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
