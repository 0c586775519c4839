using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Octomil.Client.Versions;
using Octomil.Inference;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;

namespace Octomil.Benchmarks;

/// <summary>
/// Local inference over HTTP, beside ONNX Runtime in a loop and beside an endpoint of the same web server that only reads the body. All in one
/// process, taking turns; one client over loopback, one request after the other.
/// </summary>
internal sealed class ServeBenchmark : IBenchmark
{
    private const double OverheadGoal = 150;
    private const int Turns = 40;

    // Until the code of the server is compiled as well as it will be: the model that is measured first is not to pay for it.
    private const int WarmUpTurns = 100;
    private const int RequestsPerTurn = 100;

    public string Name => "serve";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octomil-bench-");
        try
        {
            return
            [
                .. await MeasureAsync("heart MLP", ServedModels.Heart, ServedModels.Patient, folder, cancellationToken),
                .. await MeasureAsync("X-ray CNN", ServedModels.Scan, ServedModels.Picture(), folder, cancellationToken),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(
        string name, string json, object content, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        var (architecture, path) = (Architecture.Parse(json), Path.Combine(folder.FullName, $"{name}.onnx"));
        await using (var file = File.Create(path))
        {
            await OnnxExport.WriteAsync(file, architecture, architecture.Initialize(), ("m", "1.0.0"), cancellationToken);
        }

        await using var server = await InferenceServer.StartAsync(new InferenceServerOptions { Port = 0 }, new InferenceTelemetry(), cancellationToken);
        server.Use(path, "a benchmark");
        await using var empty = await EmptyAsync(cancellationToken);
        using var direct = new DirectRuntime(path, architecture);
        var (served, reference) = (new Uri(server.Address), new Uri(empty.Urls.Single()));
        var body = JsonSerializer.SerializeToUtf8Bytes(new { model = "m", messages = new[] { new { role = "user", content } } });
        var (asked, drained) = (KeepAliveClient.Post(served, "/v1/chat/completions", body), KeepAliveClient.Post(reference, "/", body));
        using var client = new KeepAliveClient(served);
        using var other = new KeepAliveClient(reference);

        var times = TakeTurns(cancellationToken, direct.Run, () => client.Ask(asked), () => other.Ask(drained));
        var (run, http, floor) = (times[0], times[1], times[2]);
        return
        [
            Measurement.Report($"{name}: ONNX Runtime directly, p50", Percentile(run, 0.5), "us"),
            Measurement.Report($"{name}: ONNX Runtime directly, p99", Percentile(run, 0.99), "us"),
            Measurement.Report($"{name}: an endpoint that only reads the body, p50", Percentile(floor, 0.5), "us"),
            Measurement.Report($"{name}: chat completion, p50", Percentile(http, 0.5), "us"),
            Measurement.Report($"{name}: chat completion, p99", Percentile(http, 0.99), "us"),
            Measurement.Report($"{name}: chat completions of one client", 1e6 / http.Average(), "1/s"),
            Measurement.Limit($"{name}: HTTP's part at p50", Percentile(http, 0.5) - Percentile(run, 0.5), "us", OverheadGoal),
        ];
    }

    private static async Task<WebApplication> EmptyAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapPost("/", async (HttpContext context) =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.ContentLength = 2;
            await context.Response.WriteAsync("{}", context.RequestAborted);
        });
        await app.StartAsync(cancellationToken);
        return app;
    }

    /// <summary>Microseconds of each call, by action.</summary>
    private static double[][] TakeTurns(CancellationToken cancellationToken, params Action[] actions)
    {
        var times = actions.Select(_ => new double[Turns * RequestsPerTurn]).ToArray();
        for (var turn = -WarmUpTurns; turn < Turns; turn++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var action = 0; action < actions.Length; action++)
            {
                for (var request = 0; request < RequestsPerTurn; request++)
                {
                    var start = Stopwatch.GetTimestamp();
                    actions[action]();
                    if (turn >= 0)
                    {
                        times[action][(turn * RequestsPerTurn) + request] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                    }
                }
            }
        }

        return times;
    }

    private static double Percentile(double[] times, double part)
    {
        Array.Sort(times);
        return times[(int)(part * (times.Length - 1))];
    }
}
