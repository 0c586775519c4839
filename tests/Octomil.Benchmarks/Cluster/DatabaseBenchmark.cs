using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Octomil.Devices;
using Octomil.Storage;
using Octomil.Testing;
using Orleans.Storage;
using ClusterOptions = Octomil.Storage.ClusterOptions;

namespace Octomil.Benchmarks;

/// <summary>
/// What a cluster asks of its database and of its directory: rows of devices that were seen, saves of one row after each other (the
/// registrations of one round), saves of many rows at once, and heartbeats.
/// </summary>
internal sealed class DatabaseBenchmark : PostgresBenchmark
{
    private const int Devices = 100_000;
    private const int Batch = 1_000;
    private const int HeartbeatingDevices = 20_000;

    // What a round's row has when a hundred silos have registered: a bitmap of 10,000 devices, and for each silo a name and a checksum.
    private const int RoundBytes = 1_250 + (100 * 120);
    private const string Organization = "org_0badc0de";

    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(6);

    public override string Name => "database";

    protected override async Task<IReadOnlyList<Measurement>> RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        var database = await postgres.CreateDatabaseAsync(cancellationToken);
        return await SiloHost.RunAsync(Name, folder => Build(folder, database), MeasureAsync, cancellationToken);
    }

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var registry = services.GetRequiredService<IDeviceRegistry>();
        var rows = new List<double>();

        // The second time over they are there already, which is what heartbeats do.
        for (var time = 0; time < 2; time++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var begin = 0; begin < Devices; begin += Batch)
            {
                await registry.UpsertAsync([.. Enumerable.Range(begin, Batch).Select(index => Row(index, time))], cancellationToken);
            }

            rows.Add(Devices / Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        var storage = services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains);
        var registrations = await SaveAsync(storage, cancellationToken);
        var states = await new StateWriteSpeeds(storage).MeasureAsync(cancellationToken);
        var (heartbeats, processor) = await HeartbeatAsync(services.GetRequiredService<IGrainFactory>(), cancellationToken);
        return
        [
            Measurement.Report("rows of new devices on PostgreSQL, batches of 1,000", rows[0], "rows/s"),
            Measurement.Report("rows of devices that are seen again on PostgreSQL", rows[1], "rows/s"),
            Measurement.Report("saves of one round's row of 13 KB, one after the other, on PostgreSQL", registrations, "saves/s"),
            .. states.Select(state => state with { Name = $"PostgreSQL: {state.Name}" }),
            Measurement.Report("heartbeats of devices on one silo", heartbeats, "heartbeats/s"),
            Measurement.Report("processor time of a heartbeat, device and directory on the same silo", processor, "ms"),
        ];
    }

    private static async Task<double> SaveAsync(IGrainStorage storage, CancellationToken cancellationToken)
    {
        var grain = GrainId.Create("benchmark", "round");
        var state = new GrainState<List<byte>> { State = [.. new byte[RoundBytes]] };
        var (saves, started) = (0, Stopwatch.GetTimestamp());

        while (Stopwatch.GetElapsedTime(started) < Measured)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await storage.WriteStateAsync("state", grain, state);
            saves++;
        }

        return saves / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(double EachSecond, double Milliseconds)> HeartbeatAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        await Parallel.ForAsync(0, HeartbeatingDevices, cancellationToken, async (index, _) =>
            await grains.GetDevice(GrainKeys.DeviceId(Organization, Identifier(index))).RegisterAsync(Organization, new DeviceDescription { Identifier = Identifier(index) }));
        var (before, started) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await Parallel.ForAsync(0, HeartbeatingDevices, cancellationToken, async (index, _) =>
            await grains.GetDevice(GrainKeys.DeviceId(Organization, Identifier(index))).SeenAsync(Organization, connectedTo: null, reported: null));
        return (
            HeartbeatingDevices / Stopwatch.GetElapsedTime(started).TotalSeconds,
            (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / HeartbeatingDevices);
    }

    private static string Identifier(int index) => string.Create(CultureInfo.InvariantCulture, $"device-{index:0000000}");

    private static DeviceRow Row(int index, int time) => new()
    {
        Id = GrainKeys.DeviceId("org_0badcafe", Identifier(index)),
        OrganizationId = "org_0badcafe",
        Identifier = Identifier(index),
        Platform = "linux",
        RegisteredAt = DateTimeOffset.UnixEpoch,
        LastSeenAt = DateTimeOffset.UnixEpoch.AddMinutes(time),
        Groups = ImmutableSortedSet.Create("ward"),
    };

    private static IHost Build(string folder, string database)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
        [
            new($"{StorageOptions.Section}:DataFolder", Path.Combine(folder, "data")),
            new($"{ClusterOptions.Section}:Mode", "cluster"),
            new($"{ClusterOptions.Section}:ConnectionString", database),
        ]);
        builder.UseOrleans(silo => silo
            .Configure<Orleans.Configuration.ClusterOptions>(options => (options.ServiceId, options.ClusterId) = ("octomil", "octomil"))
            .Configure<Orleans.Configuration.EndpointOptions>(options => (options.SiloPort, options.GatewayPort) = (StorageBenchmark.FreePort(), 0))
            .AddOctomilStorage()
            .AddOctomilGrains());
        return builder.Build();
    }
}
