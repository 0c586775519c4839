using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Octomil.Client.Versions;
using Octomil.Inference.Models;
using Octomil.Inference.Serving;

namespace Octomil.Inference;

/// <summary>
/// Answers on <c>/v1</c> the way OpenAI clients expect, from a model in this process. Nothing leaves the machine for a request; models are
/// exchanged while it runs.
/// </summary>
public sealed class InferenceServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ModelSlot _slot;
    private readonly ServingState _state;

    private InferenceServer(WebApplication app)
    {
        _app = app;
        _slot = app.Services.GetRequiredService<ModelSlot>();
        _state = app.Services.GetRequiredService<ServingState>();
    }

    /// <summary>The address it listens on, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>The name of the model that answers now; null before the first.</summary>
    public string? Model => _slot.Description?.Model;

    /// <summary>The version that answers now; null before the first.</summary>
    public string? Version => _slot.Description?.Version;

    /// <summary>Starts listening; until <see cref="Use"/> is called every question is answered with 503.</summary>
    /// <param name="options">Address, log, clock.</param>
    /// <param name="telemetry">Counts what is answered; never what was asked.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<InferenceServer> StartAsync(
        InferenceServerOptions options, InferenceTelemetry telemetry, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (options.LoggerFactory is { } loggers)
        {
            builder.Services.AddSingleton(loggers);
        }

        builder.WebHost.UseUrls($"http://{options.Host}:{options.Port}").ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = RequestBody.MostBytes;
            kestrel.AddServerHeader = false;
        });
        builder.Services.AddSingleton(options.Clock).AddSingleton<ModelSlot>().AddSingleton(telemetry).AddSingleton<Predictor>()
            .AddSingleton<ChatEndpoint>().AddSingleton<OutcomeEndpoint>().AddSingleton(new ServingState(options.Clock.GetUtcNow()));
        var app = builder.Build();
        app.UseMiddleware<OpenAiErrors>();
        app.MapServing();
        try
        {
            await app.StartAsync(cancellationToken);
            return new InferenceServer(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Loads a model and has it answer from the next request on; requests under way finish with the one before.</summary>
    /// <param name="path">The exported ONNX file.</param>
    /// <param name="source">Where it comes from, for people.</param>
    /// <param name="modelId">The model's id, for telemetry; null: the name in the file.</param>
    /// <exception cref="ModelFileException">It cannot be served; the model before goes on.</exception>
    public void Use(string path, string source, string? modelId = null)
    {
        _slot.Replace(OnnxModel.Open(path, modelId));
        _state.Source = source;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
