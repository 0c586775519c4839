using System.Text.Json;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>An organization with a model of version 1.0.0 and registered devices; what happens is up to the test.</summary>
internal sealed class TrainingScene
{
    private TrainingScene(ApiCaller owner, ApiCaller devices, string model, IReadOnlyList<string> deviceIds) =>
        (Owner, Devices, Model, DeviceIds) = (owner, devices, model, deviceIds);

    public ApiCaller Owner { get; }

    /// <summary>A key with <c>devices:write</c> alone, as devices have.</summary>
    public ApiCaller Devices { get; }

    public string Model { get; }

    public IReadOnlyList<string> DeviceIds { get; }

    /// <param name="server">The server.</param>
    /// <param name="name">Name of the model, and of the organization.</param>
    /// <param name="devices">How many devices.</param>
    /// <param name="parameters">Parameters of the model.</param>
    /// <param name="architecture">The model's architecture, instead of a file of that many parameters.</param>
    public static async Task<TrainingScene> CreateAsync(
        RunningServer server, string name, int devices, int parameters = TestWeights.Parameters, string? architecture = null)
    {
        var owner = await server.OrganizationAsync(name);
        await owner.PushAsync(name, architecture is null ? await TestWeights.FileAsync(1, parameters) : null, architecture);
        var devicesKey = await owner.WithScopesAsync(Scopes.DevicesWrite);
        return new TrainingScene(owner, devicesKey, name, await RegisterAsync(devicesKey, devices));
    }

    public static async Task<IReadOnlyList<string>> RegisterAsync(ApiCaller devices, int count)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            ids.Add((await devices.PostAsync("/devices/register", new { device_identifier = $"device-{i}" })).Ok().Text("id"));
        }

        return ids;
    }

    /// <summary>Starts a run that waits for every device.</summary>
    public async Task<string> StartAsync(int rounds = 1) => (await Owner.PostAsync("/training/sessions", new
    {
        model_id = Model, strategy = "fedavg", rounds, min_devices = DeviceIds.Count, min_updates = DeviceIds.Count,
    })).Ok().Text("session_id");

    /// <summary>Waits for the device's offer of such a round.</summary>
    public Task<JsonElement> AssignmentAsync(string deviceId, Func<JsonElement, bool>? wanted = null) => AssignmentAsync(Devices, deviceId, wanted);

    public static async Task<JsonElement> AssignmentAsync(ApiCaller devices, string deviceId, Func<JsonElement, bool>? wanted = null) =>
        (JsonElement)await Patience.ForAsync<object>($"an assignment of {deviceId}", async () =>
        {
            var rounds = (await devices.GetAsync($"/training/rounds?device_id={deviceId}&status=active")).Ok().List("rounds");
            return rounds.Where(round => wanted is null || wanted(round)).Cast<object>().FirstOrDefault();
        });

    /// <summary>Waits for the offer of a round with this number.</summary>
    public Task<JsonElement> RoundAsync(string deviceId, int number) =>
        AssignmentAsync(deviceId, round => round.Number("round_number") == number && round.Text("kind") == "train");

    /// <summary>The run's open round, once every device has its offer.</summary>
    public async Task<string> OpenRoundAsync() => (await AssignmentAsync(DeviceIds[0])).Text("round_id");

    public Task<Answer> PutUpdateAsync(string round, string device, byte[] update, params (string Name, string Value)[] headers) =>
        PutUpdateAsync(round, device, ModelCalls.Bytes(update), headers);

    public Task<Answer> PutUpdateAsync(string round, string device, HttpContent content, params (string Name, string Value)[] headers) =>
        Devices.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{device}", content, headers);

    public async Task<JsonElement> StatusAsync() => (await Owner.GetAsync($"/training/{Model}/status")).Ok();

    public async Task<JsonElement> UntilAsync(string status) =>
        (JsonElement)await Patience.ForAsync<object>($"the run over {Model} to be {status}", async () =>
        {
            var run = await StatusAsync();
            return run.Text("status") == status ? run : null;
        });
}
