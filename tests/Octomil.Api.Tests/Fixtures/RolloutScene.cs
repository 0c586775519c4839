using System.Text.Json;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>An organization with a model of versions 1.0.0, 2.0.0 and 3.0.0 and registered devices.</summary>
internal sealed class RolloutScene
{
    private RolloutScene(TrainingScene scene) => Scene = scene;

    public TrainingScene Scene { get; }

    public ApiCaller Owner => Scene.Owner;

    public ApiCaller Devices => Scene.Devices;

    public string Model => Scene.Model;

    public string ModelId { get; private set; } = "";

    public IReadOnlyList<string> DeviceIds => Scene.DeviceIds;

    public static async Task<RolloutScene> CreateAsync(RunningServer server, string name, int devices)
    {
        var scene = new RolloutScene(await TrainingScene.CreateAsync(server, name, devices));
        scene.ModelId = (await scene.Owner.GetAsync($"/models/{name}")).Ok().Text("id");
        (await scene.Owner.UploadAsync(name, "2.0.0", await TestWeights.FileAsync(2))).Ok();
        (await scene.Owner.UploadAsync(name, "3.0.0", await TestWeights.FileAsync(3))).Ok();

        // Progress counts the rows of devices, which are written in batches.
        await Patience.UntilAsync("the devices to be listed", async () => (await scene.Owner.GetAsync("/devices")).Ok().Number("total") == devices);
        return scene;
    }

    public Task<Answer> TryDeployAsync(string version, double percentage, object? more = null) => Owner.PostAsync(
        $"/models/{Model}/rollouts", more ?? new { version, rollout_percentage = percentage, target_percentage = 100, increment_step = 10, start_immediately = true });

    public async Task<JsonElement> DeployAsync(string version, double percentage) => (await TryDeployAsync(version, percentage)).Ok();

    public Task<Answer> CommandAsync(string id, string command, object? body = null) => Owner.PostAsync($"/models/{Model}/rollouts/{id}/{command}", body ?? new { });

    public async Task<JsonElement> NewestAsync() => (await Owner.GetAsync($"/models/{Model}/rollouts")).Ok().EnumerateArray().First();

    /// <summary>The version that the device should run, of the scene's model; null: none.</summary>
    public async Task<string?> AssignedAsync(string deviceId) => AssignedIn((await Devices.GetAsync($"/devices/{deviceId}/versions")).Ok());

    public string? AssignedIn(JsonElement answer) =>
        answer.List("versions").Where(version => version.Text("model_id") == ModelId).Select(version => version.Text("version")).SingleOrDefault();

    public Task<Answer> ReportAsync(string deviceId, string version, string status = "active", string? reason = null) =>
        Devices.PostAsync($"/devices/{deviceId}/versions", new { model_id = ModelId, version, status, reason });

    public Task<Answer> CountAsync(string deviceId, string version, long inferences, long errors = 0, long crashes = 0, string? batch = null) =>
        Devices.PostAsync($"/devices/{deviceId}/telemetry", new { batch_id = batch, reports = new[] { new { model_id = ModelId, version, inferences, errors, crashes } } });
}
