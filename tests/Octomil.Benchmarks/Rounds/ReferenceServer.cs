using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Octomil.Benchmarks;

/// <summary>
/// What the service is compared with, in a process of its own: it moves the same bytes, checks and keeps nothing of them, and at the
/// end of a round writes and flushes a file of the sums' size. Beside it an endpoint that reads, checks and folds as the service does,
/// without making anything durable.
/// </summary>
internal static class ReferenceServer
{
    public const string Command = "reference-server";

    private const string ParametersVariable = "OCTOMIL_BENCH_PARAMETERS";
    private const string FolderVariable = "OCTOMIL_BENCH_FOLDER";

    public static Task<ServerProcess> StartAsync(int parameters, CancellationToken cancellationToken) => ServerProcess.StartAsync(
        Environment.ProcessPath!, [Command], folder => new() { [ParametersVariable] = $"{parameters}", [FolderVariable] = folder.FullName }, cancellationToken);

    public static async Task RunAsync(string[] args)
    {
        var parameters = int.Parse(Environment.GetEnvironmentVariable(ParametersVariable)!, CultureInfo.InvariantCulture);
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var model = Path.Combine(folder, "model");
        await File.WriteAllBytesAsync(model, new byte[parameters * sizeof(float)]);
        var sums = new byte[parameters * sizeof(long)];

        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning);
        await using var app = builder.Build();
        app.MapGet("/model", () => Results.File(model));
        app.MapPut("/update", DrainAsync);
        app.MapPut("/fold", new FoldingEndpoint(parameters).PutAsync);
        app.MapPost("/close", async () =>
        {
            var name = Path.Combine(folder, Path.GetRandomFileName());
            await using (var file = new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                await file.WriteAsync(sums);
                file.Flush(flushToDisk: true);
            }

            File.Delete(name);
        });
        await app.RunAsync();
    }

    private static async Task DrainAsync(HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync();
            request.BodyReader.AdvanceTo(read.Buffer.End);

            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}
