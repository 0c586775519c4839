using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Octomil.Storage;
using Orleans.Storage;

namespace Octomil.Benchmarks;

/// <summary>Storage as a silo has it: checkpoints of 10 million sums beside the same bytes written plainly, and writes of grain state.</summary>
internal sealed class StorageBenchmark : IBenchmark
{
    public string Name => "storage";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("octomil-storage-");

        try
        {
            using var host = Build(folder.FullName);
            await host.StartAsync(cancellationToken);
            var checkpoints = new CheckpointSpeeds(host.Services.GetRequiredService<IPayloadStore>(), folder.FullName);
            var states = new StateWriteSpeeds(host.Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains));
            IReadOnlyList<Measurement> measurements = [.. await checkpoints.MeasureAsync(cancellationToken), .. await states.MeasureAsync(cancellationToken)];
            await host.StopAsync(cancellationToken);
            return measurements;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IHost Build(string folder)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", Path.Combine(folder, "data"))]);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort: FreePort(), gatewayPort: 0).AddOctomilStorage());
        return builder.Build();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
