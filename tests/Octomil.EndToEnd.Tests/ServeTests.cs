using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>Local inference on a device: the real command beside the real service.</summary>
public sealed partial class ServeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-serve-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serve_FollowsTheAssignedVersion_AndGoesOnWithoutTheService()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await PushAsync(tenant, "1.0.0", seed: 1);
        await PushAsync(tenant, "2.0.0", seed: 7);

        await using (var serve = Start(tenant))
        {
            using var http = await HttpAsync(serve);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health", Cancellation)).StatusCode);

            await DeployAsync(tenant, "1.0.0");
            await UntilAsync(http, "1.0.0", serve);
            var first = await PredictAsync(http);

            await DeployAsync(tenant, "2.0.0");
            await UntilAsync(http, "2.0.0", serve);
            Assert.NotEqual(first, await PredictAsync(http));

            await tenant.UntilAsync(async () => await ActiveAsync(tenant) == 1, "the device to report that it runs the version", Cancellation);
            serve.Signal("INT");
            Assert.Equal(0, await serve.EndAsync(Wait.Patience, Cancellation));
        }

        await server.KillAsync();
        await using var offline = Start(tenant);
        using var alone = await HttpAsync(offline);
        await UntilAsync(alone, "2.0.0", offline);
        Assert.NotEmpty(await PredictAsync(alone));
    }

    [Fact]
    public async Task Serve_KilledWhileAVersionAnswers_CountsItsCrash_AndOneThatIsToldToStopDoesNot()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await PushAsync(tenant, "1.0.0", seed: 1);

        // With tokens of its own, as the service gave them: when they end is not said in the file, so they are renewed first.
        await tenant.RegisterAsync("ward-1", Cancellation);
        var tokens = Path.Combine(_folder, "ward-1.token");
        await File.WriteAllTextAsync(tokens, (await tenant.PostAsync("/devices/ward-1/token", new { }, Cancellation)).GetRawText(), Cancellation);
        await using (var unnamed = RunningProcess.Start(
            Programs.Cli,
            ["serve", Tenant.Model, "--token-file", tokens, "--port", "0", "--folder", Path.Combine(_folder, "unnamed")],
            new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = tenant.Server.Address, ["OCTOMIL_API_KEY"] = "" }))
        {
            Assert.Equal(2, await unnamed.EndAsync(Wait.Patience, Cancellation));
            await unnamed.LineAsync("hint: --device NAME must be the device whose tokens", Cancellation);
        }

        await using (var killed = Start(tenant, "--token-file", tokens))
        {
            using var http = await HttpAsync(killed);
            await DeployAsync(tenant, "1.0.0");
            await UntilAsync(http, "1.0.0", killed);
            await killed.KillAsync();
        }

        // What is told to stop, and starts anew, tells of the first one's death and of nothing else.
        foreach (var signal in (string[])["TERM", "INT"])
        {
            await using var stopped = Start(tenant, "--token-file", tokens);
            using var http = await HttpAsync(stopped);
            await UntilAsync(http, "1.0.0", stopped);
            await tenant.UntilAsync(async () => await CrashesAsync(tenant) == "1 of 1", "the crash to be counted", Cancellation);
            stopped.Signal(signal);
            Assert.Equal(0, await stopped.EndAsync(Wait.Patience, Cancellation));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder, "versions", "serving")));
        }
    }

    [Fact]
    public async Task Serve_OfAVersionThatDoesNotLoadAnyMore_ReportsItAndGoesBack()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await PushAsync(tenant, "1.0.0", seed: 1);
        await PushAsync(tenant, "2.0.0", seed: 7);
        await using (var serve = Start(tenant))
        {
            using var http = await HttpAsync(serve);
            foreach (var version in (string[])["1.0.0", "2.0.0"])
            {
                await DeployAsync(tenant, version);
                await UntilAsync(http, version, serve);
            }

            await tenant.UntilAsync(async () => await ActiveAsync(tenant) == 1, "the device to report that it runs the version", Cancellation);
            serve.Signal("TERM");
            Assert.Equal(0, await serve.EndAsync(Wait.Patience, Cancellation));
        }

        using (var state = JsonDocument.Parse(await File.ReadAllTextAsync(Directory.GetFiles(_folder, "state.json", SearchOption.AllDirectories).Single(), Cancellation)))
        {
            var current = state.RootElement.GetProperty("current").GetProperty("sha256").GetString()!;
            foreach (var file in Directory.GetFiles(_folder, current + ".*", SearchOption.AllDirectories))
            {
                await File.WriteAllTextAsync(file, "not a model", Cancellation);
            }
        }

        await using var again = Start(tenant);
        using var back = await HttpAsync(again);
        await UntilAsync(back, "1.0.0", again);
        await tenant.UntilAsync(
            async () => (await RolloutAsync(tenant)).GetProperty("progress").GetProperty("failed").GetInt64() == 1, "the version to be reported as failed", Cancellation);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunningProcess Start(Tenant tenant, params string[] instead) => RunningProcess.Start(
        Programs.Cli,
        ["serve", Tenant.Model, "--device", "ward-1", "--port", "0", "--folder", Path.Combine(_folder, "versions"), .. instead],
        new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = tenant.Server.Address, ["OCTOMIL_API_KEY"] = instead.Length == 0 ? tenant.Key : "" });

    private static async Task<HttpClient> HttpAsync(RunningProcess serve)
    {
        await serve.LineAsync("Serving ", Cancellation);
        var address = AddressPattern().Match(serve.Lines.First(line => line.Contains("Serving ", StringComparison.Ordinal))).Value;
        return new HttpClient { BaseAddress = new Uri(address) };
    }

    private static async Task PushAsync(Tenant tenant, string version, int seed)
    {
        if (version == "1.0.0")
        {
            await tenant.PostAsync("/models", new { name = Tenant.Model }, Cancellation);
        }

        var architecture = DeviceAgents.Architecture.Replace("\"scaled\": true", $"\"scaled\": true, \"seed\": {seed.ToString(CultureInfo.InvariantCulture)}", StringComparison.Ordinal);
        using var form = new MultipartFormDataContent { { new StringContent(version), "version" }, { new StringContent(architecture), "architecture" } };
        using var response = await tenant.Http.PostAsync($"/api/v1/models/{Tenant.Model}/versions/upload", form, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private static Task DeployAsync(Tenant tenant, string version) =>
        tenant.PostAsync($"/models/{Tenant.Model}/rollouts", new { version, rollout_percentage = 100 }, Cancellation);

    private static Task UntilAsync(HttpClient http, string version, RunningProcess serve) => Wait.UntilAsync(
        async () => (await http.GetStringAsync("/v1/models", Cancellation)).Contains($"\"version\":\"{version}\"", StringComparison.Ordinal),
        $"version {version} to answer", serve.Log, Cancellation);

    private static async Task<string> PredictAsync(HttpClient http)
    {
        using var response = await http.PostAsJsonAsync("/v1/predict", new { inputs = new { pulse = 80, weight = 70 } }, Cancellation);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.True(response.IsSuccessStatusCode, json.GetRawText());
        return json.GetProperty("predictions").GetRawText();
    }

    private static async Task<JsonElement> RolloutAsync(Tenant tenant) =>
        (await tenant.Http.GetFromJsonAsync<JsonElement>($"/api/v1/models/{Tenant.Model}/rollouts", Cancellation)).EnumerateArray().First();

    private static async Task<long> ActiveAsync(Tenant tenant) => (await RolloutAsync(tenant)).GetProperty("progress").GetProperty("active").GetInt64();

    private static async Task<string> CrashesAsync(Tenant tenant) =>
        (await RolloutAsync(tenant)).TryGetProperty("health", out var health) && health.ValueKind is JsonValueKind.Object
            ? string.Create(CultureInfo.InvariantCulture, $"{health.GetProperty("crash_rate").GetDouble() * health.GetProperty("inferences").GetInt64():0} of {health.GetProperty("inferences").GetInt64()}")
            : "nothing";

    [GeneratedRegex("http://[0-9.]+:[0-9]+")]
    private static partial Regex AddressPattern();
}
