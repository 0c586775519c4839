using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Octomil.Learning.Weights;

namespace Octomil.EndToEnd;

/// <summary>An organization of its own, so that tests may share a server: its key, one model, and the run over it.</summary>
internal sealed class Tenant(ServerProcess server, string key) : IDisposable
{
    public const string Model = "radiology-v1";

    public ServerProcess Server => server;

    public string Key => key;

    public HttpClient Http { get; } = server.CreateHttp(key);

    public static async Task<Tenant> CreateAsync(ServerProcess server, CancellationToken cancellationToken)
    {
        // A name is given once on a server.
        var created = await server.PostAsync("/organizations", new { name = $"Acme Health {Guid.NewGuid():N}" }, cancellationToken);
        return new Tenant(server, created.GetProperty("api_key").GetString()!);
    }

    /// <summary>The same organization, asked through another server of its cluster.</summary>
    public Tenant On(ServerProcess other) => new(other, key);

    /// <summary>A model of the layout, all zeros.</summary>
    public async Task PushAsync(WeightsLayout layout, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        await ModelWeights.Create(layout).SaveAsync(file, null, cancellationToken);
        await UploadAsync("file", new ByteArrayContent(file.ToArray()), "weights.safetensors", cancellationToken);
    }

    /// <summary>A model of the architecture, with its seeded weights.</summary>
    public Task PushAsync(string architecture, CancellationToken cancellationToken) =>
        UploadAsync("architecture", new StringContent(architecture), null, cancellationToken);

    /// <summary>Version 2.0.0 of the model: the same tensors, other seeded weights.</summary>
    public async Task PushSecondAsync(string architecture, CancellationToken cancellationToken)
    {
        var other = architecture.Replace("\"scaled\": true", "\"scaled\": true, \"seed\": 7", StringComparison.Ordinal);
        using var form = new MultipartFormDataContent { { new StringContent("2.0.0"), "version" }, { new StringContent(other), "architecture" } };
        using var response = await Http.PostAsync($"/api/v1/models/{Model}/versions/upload", form, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>The command line as the organization uses it; it must end with this code.</summary>
    public async Task<RunningProcess> OctomilAsync(int exitCode, CancellationToken cancellationToken, params string[] args)
    {
        await using var octomil = RunningProcess.Start(
            Programs.Cli, args, new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = server.Address, ["OCTOMIL_API_KEY"] = key });
        var ended = await octomil.EndAsync(Wait.Patience, cancellationToken);
        return ended == exitCode
            ? octomil
            : throw new InvalidOperationException($"octomil {string.Join(' ', args)} ended with {ended}:\n{octomil.Log()}");
    }

    public async Task<string> RegisterAsync(string identifier, CancellationToken cancellationToken) =>
        (await PostAsync("/devices/register", new { device_identifier = identifier }, cancellationToken)).GetProperty("id").GetString()!;

    /// <summary>Starts a run over the model; <paramref name="terms"/> are fields of the request beside the model's.</summary>
    public async Task StartRunAsync(CancellationToken cancellationToken, params (string Field, object Value)[] terms)
    {
        var request = new Dictionary<string, object> { ["model_id"] = Model, ["strategy"] = "fedavg" };

        foreach (var (field, value) in terms)
        {
            request[field] = value;
        }

        await PostAsync("/training/sessions", request, cancellationToken);
    }

    public async Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1{path}", body, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(answer).RootElement
            : throw new HttpRequestException($"{path}: {response.StatusCode}: {answer}", null, response.StatusCode);
    }

    public Task<JsonElement> StatusAsync(CancellationToken cancellationToken) =>
        Http.GetFromJsonAsync<JsonElement>($"/api/v1/training/{Model}/status", cancellationToken);

    public async Task<int> CurrentRoundAsync(CancellationToken cancellationToken) =>
        (await StatusAsync(cancellationToken)).GetProperty("current_round").GetInt32();

    public async Task<int> UpdatesAsync(CancellationToken cancellationToken) =>
        (await StatusAsync(cancellationToken)).GetProperty("contributions").EnumerateArray().Sum(part => part.GetProperty("updates").GetInt32());

    /// <summary>The updates of every closed round.</summary>
    public async Task<int[]> HistoryAsync(CancellationToken cancellationToken) =>
        [.. (await StatusAsync(cancellationToken)).GetProperty("history").EnumerateArray().Select(round => round.GetProperty("updates").GetInt32())];

    /// <summary>Waits for the run's end and returns the SHA-256 of its version.</summary>
    public async Task<string> CompletedAsync(CancellationToken cancellationToken)
    {
        await UntilAsync(async () => (await StatusAsync(cancellationToken)).GetProperty("status").GetString() == "COMPLETED", "the run to complete", cancellationToken);
        var versions = await Http.GetFromJsonAsync<JsonElement>($"/api/v1/models/{Model}/versions?limit=1", cancellationToken);
        var latest = versions.GetProperty("versions")[0];
        return latest.GetProperty("version").GetString() == "2.0.0"
            ? latest.GetProperty("sha256").GetString()!
            : throw new InvalidOperationException($"The newest version is {latest}.");
    }

    /// <summary>The round that needs the device, or null.</summary>
    public async Task<(string Id, int Number)?> FindRoundAsync(string device, CancellationToken cancellationToken)
    {
        var listed = await Http.GetFromJsonAsync<JsonElement>($"/api/v1/training/rounds?device_id={device}&status=active", cancellationToken);
        var rounds = listed.GetProperty("rounds");
        return rounds.GetArrayLength() == 0
            ? null
            : (rounds[0].GetProperty("round_id").GetString()!, rounds[0].GetProperty("round_number").GetInt32());
    }

    /// <summary>Waits for the device's assignment.</summary>
    public async Task<string> RoundOfAsync(string device, int number, CancellationToken cancellationToken)
    {
        (string Id, int Number)? round = null;
        await UntilAsync(
            async () => (round = await FindRoundAsync(device, cancellationToken))?.Number == number, $"{device} to be selected for round {number}", cancellationToken);
        return round!.Value.Id;
    }

    public async Task<Answer> PutAsync(string round, string device, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var response = await Http.PutAsync($"/api/v1/training/rounds/{round}/updates/{device}", content, cancellationToken);
        return await Answer.ReadAsync(response, cancellationToken);
    }

    public Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken) => server.UntilAsync(condition, what, cancellationToken);

    public void Dispose() => Http.Dispose();

    private async Task UploadAsync(string field, HttpContent content, string? fileName, CancellationToken cancellationToken)
    {
        await PostAsync("/models", new { name = Model }, cancellationToken);
        using var form = new MultipartFormDataContent { { new StringContent("1.0.0"), "version" } };

        if (fileName is null)
        {
            form.Add(content, field);
        }
        else
        {
            form.Add(content, field, fileName);
        }

        using var response = await Http.PostAsync($"/api/v1/models/{Model}/versions/upload", form, cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
