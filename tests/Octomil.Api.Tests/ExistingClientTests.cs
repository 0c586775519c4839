using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>
/// The calls of the published Python client and command line, row by row: what they send, and what they read of the answer. They send
/// <c>org_id: "default"</c>, know nothing of run aliases, and wait for a 404 to have a detail.
/// </summary>
public sealed class ExistingClientTests(ApiServer server)
{
    private const string Architecture = """
        {"kind": "linear", "output_type": "binary", "output_dim": 1, "target_col": "y", "classes": ["a", "b"], "scaled": true,
         "features": [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}], "seed": 1}
        """;

    [Fact]
    public async Task PostDevicesRegister_IsAnUpsert()
    {
        var admin = await server.OrganizationAsync("Row: register");
        var request = new
        {
            device_identifier = "hospital-001", org_id = "default", platform = "python", os_version = "12", sdk_version = "1.0", app_version = "2.0",
            metadata = new { ward = "3" }, capabilities = new { cpu = true }, feature_schema = new[] { "x" },
            manufacturer = "m", model = "m1", total_memory_mb = 1024, battery_pct = 50, charging = true, region = "eu",
        };

        var first = (await admin.PostAsync("/devices/register", request)).Ok();
        var second = (await admin.PostAsync("/devices/register", request)).Ok();

        Assert.StartsWith("dev_", first.Text("id"), StringComparison.Ordinal);
        Assert.Equal(("hospital-001", admin.OrganizationId, "active"), (first.Text("device_identifier"), first.Text("org_id"), first.Text("status")));
        Assert.True(first.GetProperty("registered_at").TryGetDateTimeOffset(out _));
        Assert.Equal(first.Text("id"), second.Text("id"));
    }

    [Fact]
    public async Task PostOrPutDevicesHeartbeat_AnswersStatusAndTime()
    {
        var scene = await TrainingScene.CreateAsync(server, "row-heartbeat", devices: 1);
        var path = $"/devices/{scene.DeviceIds[0]}/heartbeat";

        foreach (var answer in new[]
        {
            await scene.Devices.PostAsync(path, new { metadata = new { battery_level = 80, network_type = "wifi" } }),
            await scene.Devices.PutAsync(path, new { metadata = new { battery_level = 79 } }),
        })
        {
            Assert.NotEmpty(answer.Ok().Text("status"));
            Assert.True(answer.Ok().GetProperty("server_time").TryGetDateTimeOffset(out _));
        }
    }

    [Fact]
    public async Task GetModels_ListsOwnAndSharedOnes()
    {
        var (owner, member) = (await server.OrganizationAsync("Row: models"), await server.OrganizationAsync("Row: models, member"));
        var id = await owner.PushAsync("row-models", await TestWeights.FileAsync(1));
        await owner.FederateAsync("row-models-federation", member, "row-models");

        foreach (var caller in new[] { owner, member })
        {
            var list = (await caller.GetAsync("/models?org_id=default")).Ok();
            Assert.Equal((1, 0), (list.Number("total"), list.Number("offset")));
            Assert.True(list.Has("limit"));
            var model = list.List("models").Single();
            Assert.Equal((id, "row-models"), (model.Text("id"), model.Text("name")));
        }
    }

    [Fact]
    public async Task GetModel_ByIdOrName_HasItsArchitecture()
    {
        var admin = await server.OrganizationAsync("Row: model");
        var created = (await admin.PostAsync("/models", new { name = "m", description = "d", framework = "pytorch", use_case = "u", org_id = "default" })).Ok();
        (await admin.UploadAsync("m", "1.0.0", null, Architecture)).Ok();

        foreach (var name in new[] { "m", created.Text("id") })
        {
            var model = (await admin.GetAsync($"/models/{name}")).Ok();
            Assert.Equal((created.Text("id"), "m", "pytorch"), (model.Text("id"), model.Text("name"), model.Text("framework")));
            var architecture = model.GetProperty("architecture");
            Assert.Equal(("y", "binary", 1), (architecture.Text("target_col"), architecture.Text("output_type"), architecture.Number("output_dim")));
        }

        Assert.NotEqual("Not Found", (await admin.GetAsync("/models/nothing")).Refused(404, ErrorCodes.NotFound).Text("detail"));
    }

    [Fact]
    public async Task GetVersionsLatest_IsTheVersion_OrForADeviceTheRunsWeights()
    {
        var scene = await TrainingScene.CreateAsync(server, "row-latest", devices: 1);
        Assert.Equal("1.0.0", (await scene.Devices.GetAsync("/models/row-latest/versions/latest")).Ok().Text("version"));

        var run = await scene.StartAsync(rounds: 2);

        await scene.RoundAsync(scene.DeviceIds[0], 1);
        var alias = (await scene.Devices.GetAsync("/models/row-latest/versions/latest")).Ok().Text("version");
        Assert.Equal($"1.0.0+{run}", alias);
        Assert.Equal("1.0.0", (await scene.Owner.GetAsync("/models/row-latest/versions/latest")).Ok().Text("version"));

        // Its download is the base of the open round, also once that is another.
        Assert.Equal(1, await DownloadedAsync());
        await PostWeightsAsync(scene, 5);
        await scene.RoundAsync(scene.DeviceIds[0], 2);
        Assert.Equal(5, await DownloadedAsync());
        await PostWeightsAsync(scene, 6);

        async Task<float> DownloadedAsync() =>
            TestWeights.TrainedInArchive((await scene.Devices.GetAsync($"/models/row-latest/versions/{alias}/download?format=pytorch")).Body)[0];
    }

    [Theory]
    [InlineData("pytorch")]
    [InlineData("safetensors")]
    [InlineData("onnx")]
    public async Task GetVersionDownload_IsTheFile_AlsoByTheSignedUrl(string format)
    {
        var admin = await server.OrganizationAsync($"Row: download {format}");
        await admin.PushAsync("m", null, Architecture);

        var file = await admin.GetAsync($"/models/m/versions/1.0.0/download?format={format}");
        var url = (await admin.GetAsync($"/models/m/versions/1.0.0/download-url?format={format}")).Ok().Text("url");

        Assert.Equal(200, (int)file.Status);
        Assert.NotEmpty(file.Body);
        Assert.Equal(file.Body, (await server.Anonymous.GetAsync(new Uri(url).PathAndQuery)).Body);
    }

    [Fact]
    public async Task PostTrainingWeights_IsAnUpdateOfTheOpenRound()
    {
        var scene = await TrainingScene.CreateAsync(server, "row-weights", devices: 1);
        await scene.StartAsync();
        var round = (await scene.RoundAsync(scene.DeviceIds[0], 1)).Text("round_id");

        var receipt = await PostWeightsAsync(scene, 2);

        Assert.StartsWith("upd_", receipt.Text("update_id"), StringComparison.Ordinal);
        Assert.Equal(("accepted", 1, round), (receipt.Text("status"), receipt.Number("round"), receipt.Text("round_id")));
    }

    [Fact]
    public async Task GetTrainingRounds_AndARoundsStatus_HaveTheConfigOfThoseClients()
    {
        var scene = await TrainingScene.CreateAsync(server, "row-rounds", devices: 1);
        var run = await scene.StartAsync();
        await scene.RoundAsync(scene.DeviceIds[0], 1);

        var listed = (await scene.Devices.GetAsync($"/training/rounds?device_id={scene.DeviceIds[0]}&status=active")).Ok().List("rounds").Single();
        var status = (await scene.Devices.GetAsync($"/training/rounds/{listed.Text("round_id")}/status")).Ok();

        Assert.Equal(listed.Text("model_id"), listed.GetProperty("config").Text("model_id"));
        Assert.Equal($"1.0.0+{run}", listed.GetProperty("config").Text("version"));
        Assert.Equal((listed.Text("round_id"), 1, 0, 1), (
            status.Text("round_id"), status.Number("round_number"), status.Number("participants"), status.Number("target_participants")));
        Assert.Equal(listed.Text("model_id"), status.GetProperty("config").Text("model_id"));
        Assert.NotEmpty(status.Text("status"));
    }

    [Fact]
    public async Task PostTrainingSessions_Status_AndStop()
    {
        var scene = await TrainingScene.CreateAsync(server, "row-sessions", devices: 1);
        var started = (await scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = "row-sessions", group = (string?)null, federation = (string?)null, strategy = "fedavg", rounds = 5, min_updates = 1, privacy = (string?)null,
            epsilon = (double?)null, min_devices = 1,
        })).Ok();
        await scene.RoundAsync(scene.DeviceIds[0], 1);

        var status = (await scene.Owner.GetAsync("/training/row-sessions/status")).Ok();
        var stopped = (await scene.Owner.PostAsync("/training/row-sessions/stop", new { })).Ok();

        Assert.Equal("started", started.Text("status"));
        Assert.NotEmpty(started.Text("session_id"));
        Assert.Equal(("IN_PROGRESS", "fedavg", 5, 1), (status.Text("status"), status.Text("strategy"), status.Number("total_rounds"), status.Number("current_round")));
        Assert.True(status.Has("active_devices"));
        var contribution = status.List("contributions").Single();
        Assert.Equal((scene.Owner.OrganizationId, 1, 0), (contribution.Text("org_id"), contribution.Number("selected"), contribution.Number("updates")));
        Assert.True(contribution.Has("org_name") && contribution.Has("devices"));
        Assert.True(stopped.Has("last_round"));
    }

    [Fact]
    public async Task Federations_AreListedMadeInvitedToJoinedAndGivenModels()
    {
        var (owner, member) = (await server.OrganizationAsync("Row: federations"), await server.OrganizationAsync("Row: federations, member"));
        var model = await owner.PushAsync("row-federations", await TestWeights.FileAsync(1));
        var created = (await owner.PostAsync("/federations", new { name = "row-federation", org_id = "default", description = "d" })).Ok().Text("id");

        var invited = (await owner.PostAsync($"/federations/{created}/invite", new { org_ids = new[] { member.OrganizationId } })).Ok();
        var joined = (await member.PostAsync($"/federations/{created}/join", new { org_id = "default" })).Ok();
        (await owner.PostAsync($"/federations/{created}/models", new { model_id = model })).Ok();

        Assert.Equal((member.OrganizationId, "invited"), (invited[0].Text("org_id"), invited[0].Text("status")));
        Assert.Equal("active", joined.Text("status"));
        var listed = (await owner.GetAsync("/federations?org_id=default&name=row-federation")).Ok()[0];
        Assert.Equal((created, "row-federation", "d", owner.OrganizationId), (listed.Text("id"), listed.Text("name"), listed.Text("description"), listed.Text("org_id")));
        Assert.True(listed.Has("created_at"));
        Assert.Equal(created, (await member.GetAsync($"/federations/{created}")).Ok().Text("id"));
        var members = (await owner.GetAsync($"/federations/{created}/members")).Ok().EnumerateArray().ToArray();
        Assert.Equal(["owner", "member"], members.Select(one => one.Text("role")));
        Assert.All(members, one => Assert.True(one.Text("status") == "active" && one.Has("org_id") && one.Has("org_name") && one.Has("joined_at")));
        var shared = (await member.GetAsync($"/federations/{created}/models")).Ok()[0];
        Assert.Equal((model, "row-federations"), (shared.Text("id"), shared.Text("name")));
    }

    [Fact]
    public async Task PostVersionsUpload_AndTheList_ShowVersionsNewestFirst()
    {
        var admin = await server.OrganizationAsync("Row: upload");
        (await admin.PostAsync("/models", new { name = "m", description = "d", framework = "pytorch", use_case = "u", org_id = "default" })).Ok();
        var form = new MultipartFormDataContent
        {
            { new StringContent("1.0.0"), "version" }, { new StringContent("first"), "description" }, { new StringContent(""), "architecture" },
            { new StringContent("8"), "input_dim" }, { new StringContent("4"), "hidden_dim" }, { new StringContent("1"), "output_dim" },
            { ModelCalls.Bytes(await TestWeights.ArchiveAsync(1)), "file", "model.pt" },
        };

        var uploaded = (await admin.SendAsync(HttpMethod.Post, "/models/m/versions/upload", form)).Ok();
        (await admin.UploadAsync("m", "1.1.0", await TestWeights.ArchiveAsync(2))).Ok();

        Assert.Equal("1.0.0", uploaded.Text("version"));
        Assert.True(uploaded.Has("model_id") && uploaded.GetProperty("formats").ValueKind is JsonValueKind.Object && uploaded.GetProperty("checksums").Has("safetensors"));
        var list = (await admin.GetAsync("/models/m/versions?status=published&limit=10&offset=0")).Ok().List("versions").ToArray();
        Assert.Equal(["1.1.0", "1.0.0"], list.Select(version => version.Text("version")));
        Assert.Equal("first", list[1].Text("description"));
    }

    [Fact]
    public async Task ApiKeys_AreShownOnceListedAndRevoked()
    {
        var admin = await server.OrganizationAsync("Row: keys");

        var created = (await admin.PostAsync("/api-keys", new { org_id = "default", name = "site", scopes = new[] { "devices:write" } })).Ok();
        var listed = (await admin.GetAsync("/api-keys")).Ok();

        Assert.Matches("^edg_(live|test)_[0-9A-Za-z]{32}$", created.Text("api_key"));
        Assert.True(created.Has("prefix") && created.Has("name") && created.Has("created_at"));
        Assert.DoesNotContain(created.Text("api_key"), listed.GetRawText(), StringComparison.Ordinal);
        (await admin.PostAsync($"/api-keys/{created.Text("id")}/revoke", new { })).Ok();
        (await admin.With(created.Text("api_key")).GetAsync("/models")).Refused(401, ErrorCodes.Unauthorized);
    }

    private static async Task<JsonElement> PostWeightsAsync(TrainingScene scene, float value)
    {
        var message = new
        {
            model_id = scene.Model, version = "1.0.0", device_id = scene.DeviceIds[0], sample_count = 10, metrics = new { loss = 0.4 }, update_format = "weights",
            weights_data = Convert.ToBase64String(await TestWeights.ArchiveAsync(value)),
        };
        return await PostedWeightsTests.ClosedAsync(() => scene.Devices.PostAsync("/training/weights", message));
    }
}
