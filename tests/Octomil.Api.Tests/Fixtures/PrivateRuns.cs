using System.Text.Json;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>Calls about private runs.</summary>
internal static class PrivateRuns
{
    public static async Task SetBudgetAsync(this ApiCaller caller, double epsilon, int? participations = null, string? granularity = null) =>
        (await caller.PutAsync("/settings/default", new { privacy_budget = epsilon, max_participations = participations, privacy_granularity = granularity })).Ok();

    public static async Task<JsonElement> PrivacyAsync(this ApiCaller caller) => (await caller.GetAsync("/privacy")).Ok();

    public static async Task<List<JsonElement>> LedgerAsync(this ApiCaller caller) =>
        [.. (await caller.GetAsync("/privacy/ledger")).Ok().List("entries")];

    public static Task<Answer> StartPrivateAsync(
        this TrainingScene scene, double noise, int rounds = 1, double clip = 1, int? devices = null, string strategy = "fedavg", object? parameters = null) =>
        scene.Owner.PostAsync("/training/sessions", new
        {
            model_id = scene.Model, strategy, rounds, min_devices = devices ?? scene.DeviceIds.Count, min_updates = devices ?? scene.DeviceIds.Count,
            privacy = "dp-sgd", clip_norm = clip, noise_multiplier = noise, @params = parameters,
        });

    /// <summary>Every device sends an update of one value in the open round of this number.</summary>
    public static async Task SendAllAsync(this TrainingScene scene, int number, float value)
    {
        foreach (var device in scene.DeviceIds)
        {
            var round = (await scene.RoundAsync(device, number)).Text("round_id");
            (await scene.PutUpdateAsync(round, device, await TestWeights.UpdateAsync(value))).Ok();
        }
    }

    public static async Task<float[]> LatestAsync(this TrainingScene scene)
    {
        var version = (await scene.Owner.GetAsync($"/models/{scene.Model}/versions/latest")).Ok().Text("version");
        return TestWeights.Trained((await scene.Owner.GetAsync($"/models/{scene.Model}/versions/{version}/download")).Body);
    }
}
