using System.Diagnostics;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Testing;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// What a cluster costs: the processor time of all server processes for each counted update, three servers beside one, each on the same
/// PostgreSQL and with the same devices and rounds, net of what the same servers use with the same devices connected and no run. The
/// devices' process and PostgreSQL's are not in it.
/// </summary>
internal sealed class SilosBenchmark : PostgresBenchmark
{
    private const int Parameters = 100_000;
    private const int Devices = 198;
    private const int Rounds = 15;
    private const int Repeats = 11;
    private const int Warming = 8;
    private const double Goal = 1.1;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);

    public override string Name => "silos";

    protected override async Task<IReadOnlyList<Measurement>> RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        var update = await SyntheticModel.UpdateAsync(Parameters, cancellationToken);
        await using var one = await Case.StartAsync(postgres, 1, update, cancellationToken);
        await using var three = await Case.StartAsync(postgres, 3, update, cancellationToken);

        // In turn, so that what slows the machine for a while slows both; the first ones until the code is compiled as well as it will be.
        for (var warming = 0; warming < Warming; warming++)
        {
            await one.RunAsync(cancellationToken);
            await three.RunAsync(cancellationToken);
            await three.RunAsync(cancellationToken);
        }

        await one.RestAsync(cancellationToken);
        await three.RestAsync(cancellationToken);
        var (single, cluster) = (new List<double>(), new List<double>());

        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            single.Add(await one.RunAsync(cancellationToken));
            cluster.Add(await three.RunAsync(cancellationToken));
        }

        return
        [
            Measurement.Report("processor of one idle server with its 198 devices", one.IdleProcessors * 1000, "ms/s"),
            Measurement.Report("processor of three idle servers with the same devices", three.IdleProcessors * 1000, "ms/s"),
            Measurement.AtMost(
                "processor time of three servers for an update, 100,000 parameters, to one server", Stopwatches.Median(cluster), "ms", Stopwatches.Median(single), Goal),
        ];
    }

    /// <summary>A cluster, and devices that are dealt to its servers.</summary>
    private sealed class Case : IAsyncDisposable
    {
        private const string Model = "silos";

        private readonly ServerCluster _cluster;
        private readonly DeviceFleet _fleet;

        private Case(ServerCluster cluster, DeviceFleet fleet) => (_cluster, _fleet) = (cluster, fleet);

        /// <summary>Processors in use with no run.</summary>
        public double IdleProcessors { get; private set; }

        public static async Task<Case> StartAsync(PostgresServer postgres, int servers, byte[] update, CancellationToken cancellationToken)
        {
            var cluster = await ServerCluster.StartAsync(postgres, servers, cancellationToken);
            await cluster.Servers[0].PushAsync(Model, SyntheticModel.Weights(Parameters), cancellationToken);
            var fleet = await DeviceFleet.ConnectAsync(
                Devices,
                index => new SimulatedDevice(cluster.Servers[index % servers].Api, TrainingService.Key, $"device-{index}", new PreparedUpdates(_ => update)),
                cancellationToken);
            return new Case(cluster, fleet);
        }

        public async Task RestAsync(CancellationToken cancellationToken)
        {
            var (before, started) = (_cluster.ProcessorTime, Stopwatch.GetTimestamp());
            await Task.Delay(Idle, cancellationToken);
            IdleProcessors = (_cluster.ProcessorTime - before) / Stopwatch.GetElapsedTime(started);
        }

        /// <summary>The milliseconds of processor time for each update of some rounds.</summary>
        public async Task<double> RunAsync(CancellationToken cancellationToken)
        {
            var (before, started) = (_cluster.ProcessorTime, Stopwatch.GetTimestamp());
            await _cluster.Servers[0].StartAsync(
                new StartTrainingRequest { ModelId = Model, Rounds = Rounds, MinDevices = Devices, MinUpdates = Devices }, cancellationToken);
            await await Task.WhenAny(_cluster.Servers[0].WaitAsync(Model, cancellationToken), _fleet.Failed);
            var (used, elapsed) = (_cluster.ProcessorTime - before, Stopwatch.GetElapsedTime(started));
            var net = (used - (elapsed * IdleProcessors)).TotalMilliseconds / (Rounds * Devices);
            Console.Error.WriteLine($"  {_cluster.Servers.Count} server(s): {net:F3} ms an update, {elapsed.TotalSeconds:F1} s");
            return net;
        }

        public async ValueTask DisposeAsync()
        {
            await _fleet.DisposeAsync();
            await _cluster.DisposeAsync();
        }
    }
}
