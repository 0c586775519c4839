using Microsoft.Extensions.Hosting;
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
}
