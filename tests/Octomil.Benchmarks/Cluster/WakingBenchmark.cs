using System.Diagnostics;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Testing;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// All servers of a cluster are killed with a round open, whose deadline passes meanwhile, and started again; no device comes back, so
/// that nobody calls the run. How long from the first server that listens until the run has closed the round. What another server's
/// death costs is in <see cref="FailoverBenchmark"/>.
/// </summary>
internal sealed class WakingBenchmark : PostgresBenchmark
{
    private const int Servers = 3;
    private const int Parameters = 1_000;
    private const int Times = 3;
    private const double GoalSeconds = 2;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public override string Name => "waking";

    protected override async Task<IReadOnlyList<Measurement>> RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        var waking = new List<double>();

        for (var time = 0; time < Times; time++)
        {
            waking.Add(await WakeAsync(postgres, cancellationToken));
            Console.Error.WriteLine($"  {waking[^1]:F2} s");
        }

        return [Measurement.Limit("first server back after all were killed, to an open run going on, longest of 3", waking.Max(), "s", GoalSeconds)];
    }

    private static async Task<double> WakeAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        const string Model = "waking";
        await using var cluster = await ServerCluster.StartAsync(postgres, Servers, cancellationToken);
        var first = cluster.Servers[0];
        await first.PushAsync(Model, SyntheticModel.Weights(Parameters), cancellationToken);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using (await SilentDeviceAsync(first, silence.Token))
        {
            await first.StartAsync(
                new StartTrainingRequest { ModelId = Model, Rounds = 1, MinDevices = 1, MinUpdates = 1, RoundTimeoutSeconds = Deadline.TotalSeconds }, cancellationToken);
            await SaidAsync(cluster, ", Train) is open for", cancellationToken);
            await Task.WhenAll(cluster.Servers.ToArray().Select(cluster.KillAsync));
            await silence.CancelAsync();
        }

        await Task.Delay(Deadline, cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, Servers).Select(_ => cluster.AddAsync(cancellationToken)));
        var wentOn = await SaidAsync(cluster, "is abandoned", cancellationToken);
        var listened = cluster.Servers.Min(server => server.Process.SaidAt("Now listening on"))!.Value;
        return Math.Max(0, Stopwatch.GetElapsedTime(listened, wentOn).TotalSeconds);
    }

    private static Task<DeviceFleet> SilentDeviceAsync(TrainingService server, CancellationToken cancellationToken) => DeviceFleet.ConnectAsync(
        1,
        _ => new SimulatedDevice(server.Api, TrainingService.Key, "silent", new PreparedUpdates(_ => ReadOnlyMemory<byte>.Empty) { Sending = _ => Task.Delay(Timeout.Infinite, cancellationToken) }),
        cancellationToken);

    private static async Task<long> SaidAsync(ServerCluster cluster, string part, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < Patience; await Task.Delay(Pause, cancellationToken))
        {
            if (cluster.Servers.Min(server => server.Process.SaidAt(part)) is { } at)
            {
                return at;
            }
        }

        throw new TimeoutException($"No server said '{part}' within {Patience}.");
    }
}
