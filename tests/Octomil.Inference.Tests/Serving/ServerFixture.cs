using System.ClientModel;
using System.Net.Http.Json;
using System.Text.Json;
using Octomil.Client.Versions;
using OpenAI;
using OpenAI.Chat;

namespace Octomil.Inference.Tests.Serving;

/// <summary>A server on a free port with one model.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private ServerFixture(InferenceServer server, string folder)
    {
        (Server, Folder) = (server, folder);
        Http = new HttpClient { BaseAddress = new Uri(server.Address) };
    }

    public InferenceServer Server { get; }

    public string Folder { get; }

    public HttpClient Http { get; }

    /// <summary>What the server counts.</summary>
    public InferenceTelemetry Telemetry { get; private init; } = new();

    public static async Task<ServerFixture> StartAsync(string? architecture = TestModels.Heart)
    {
        var telemetry = new InferenceTelemetry();
        var token = TestContext.Current.CancellationToken;
        var fixture = new ServerFixture(
            await InferenceServer.StartAsync(new InferenceServerOptions { Port = 0 }, telemetry, token),
            Directory.CreateTempSubdirectory("octomil-serve-").FullName) { Telemetry = telemetry };
        if (architecture is not null)
        {
            fixture.Server.Use(await TestModels.ExportAsync(architecture, fixture.Folder), "a test");
        }

        return fixture;
    }

    public ChatClient Chat(string model = "radiology-v1") => new(
        model, new ApiKeyCredential("not-needed"), new OpenAIClientOptions { Endpoint = new Uri(Server.Address + "/v1") });

    public async Task<(int Status, JsonElement Json)> PostAsync(string path, object body)
    {
        using var response = await Http.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
