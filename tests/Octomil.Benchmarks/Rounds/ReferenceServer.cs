using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Octomil.Benchmarks;

/// <summary>
/// What the service is compared with, in a process of its own: it moves the same bytes, checks and keeps nothing of them, and at the
/// end of a round writes and flushes a file of the sums' size.
/// </summary>
internal static class ReferenceServer
{
    public const string Command = "reference-server";

    public const string BytesVariable = "OCTOMIL_BENCH_BYTES";

    public const string FolderVariable = "OCTOMIL_BENCH_FOLDER";

    public static Task<ServerProcess> StartAsync(long modelBytes, CancellationToken cancellationToken) => ServerProcess.StartAsync(
        Environment.ProcessPath!, [Command], folder => new() { [BytesVariable] = $"{modelBytes}", [FolderVariable] = folder.FullName }, cancellationToken);

    public static async Task RunAsync(string[] args)
    {
        var bytes = long.Parse(Environment.GetEnvironmentVariable(BytesVariable)!, System.Globalization.CultureInfo.InvariantCulture);
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var model = Path.Combine(folder, "model");
        await File.WriteAllBytesAsync(model, new byte[bytes]);
        var sums = new byte[2 * bytes];

        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning);
        await using var app = builder.Build();
        app.MapGet("/model", () => Results.File(model));
        app.MapPut("/update", DrainAsync);
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
