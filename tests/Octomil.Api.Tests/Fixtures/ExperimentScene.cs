using System.Text.Json;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>The devices and versions of a <see cref="RolloutScene"/>, and experiments over them.</summary>
internal sealed class ExperimentScene
{
    private ExperimentScene(RolloutScene rollouts) => Rollouts = rollouts;

    public RolloutScene Rollouts { get; }

    public ApiCaller Owner => Rollouts.Owner;

    public static async Task<ExperimentScene> CreateAsync(RunningServer server, string name, int devices) => new(await RolloutScene.CreateAsync(server, name, devices));

    /// <summary>What existing clients send, with as few devices as a test has.</summary>
    public static Dictionary<string, object?> Request(string name, string model, string control = "1.0.0", string treatment = "2.0.0", double split = 50) => new(StringComparer.Ordinal)
    {
        ["name"] = name,
        ["model_id"] = model,
        ["description"] = null,
        ["traffic_percentage"] = 100.0,
        ["min_sample_size"] = 10,
        ["confidence_level"] = 0.95,
        ["primary_metric"] = "conversion",
        ["variants"] = new[]
        {
            new { name = "control", model_version = control, traffic_allocation = 100 - split, is_control = true },
            new { name = "treatment", model_version = treatment, traffic_allocation = split, is_control = false },
        },
    };

    public async Task<JsonElement> CreateAsync(string name, string control = "1.0.0", string treatment = "2.0.0") =>
        (await Owner.PostAsync("/experiments", Request(name, Rollouts.Model, control, treatment))).Ok();

    public async Task<JsonElement> StartAsync(string name, string control = "1.0.0", string treatment = "2.0.0")
    {
        await CreateAsync(name, control, treatment);
        return (await CommandAsync(name, "start")).Ok();
    }

    public Task<Answer> CommandAsync(string name, string command, object? body = null) => Owner.PostAsync($"/experiments/{name}/{command}", body ?? new { });

    public async Task<JsonElement> GetAsync(string name) => (await Owner.GetAsync($"/experiments/{name}")).Ok();

    public async Task<JsonElement> AnalyticsAsync(string name) => (await Owner.GetAsync($"/experiments/{name}/analytics")).Ok();

    /// <summary>The device reports, of the version, how many of its answers were right.</summary>
    public Task<Answer> MeasureAsync(string device, string version, double accuracy) => TelemetryAsync(device, new
    {
        model_id = Rollouts.ModelId, version, inferences = 10, errors = 0, latency_ms = new[] { 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, latency_total_ms = 35.0,
        accuracy_count = 10, accuracy, loss_count = 10, loss = 1 - accuracy,
    });

    public Task<Answer> TelemetryAsync(string device, object report) => Rollouts.Devices.PostAsync($"/devices/{device}/telemetry", new { reports = new[] { report } });

    /// <summary>Waits until so many devices of both arms are counted.</summary>
    public Task<JsonElement> HeardAsync(string name, long devices) => UntilAsync(name, $"{devices} devices to be counted", found => found.List("variants").Sum(variant => variant.Number("devices")) == devices);

    private async Task<JsonElement> UntilAsync(string name, string what, Func<JsonElement, bool> holds) => (JsonElement)await Patience.ForAsync<object>(
        what, async () => await AnalyticsAsync(name) is var found && holds(found) ? found : null);
}
