using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Octomil.Storage;

namespace Octomil.Benchmarks;

/// <summary>A silo in this process over a folder of its own, for as long as something is measured on it.</summary>
internal static class SiloHost
{
    public static async Task<T> RunAsync<T>(
        string name, Func<string, IHost> build, Func<IServiceProvider, CancellationToken, Task<T>> measure, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory($"octomil-{name}-");

        try
        {
            using var host = build(folder.FullName);
            await host.Services.OpenOctomilStorageAsync(cancellationToken);
            await host.StartAsync(cancellationToken);
            var measured = await measure(host.Services, cancellationToken);
            await host.StopAsync(cancellationToken);
            return measured;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A silo with all grains, on its own and over SQLite.</summary>
    public static IHost BuildGrains(string folder)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", Path.Combine(folder, "data"))]);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort: StorageBenchmark.FreePort(), gatewayPort: 0).AddOctomilStorage().AddOctomilGrains());
        return builder.Build();
    }
}
