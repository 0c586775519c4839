using System.Diagnostics;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Testing;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// The server of three that has the open round is killed (<c>kill -9</c>), with devices on the others that go on sending: how long until
/// the next update is acknowledged, and how much of it is after the others have found that it is dead. What is acknowledged in the first
/// moment after the kill was counted before.
/// </summary>
internal sealed class FailoverBenchmark : PostgresBenchmark
{
    private const int Servers = 3;
    private const int Devices = 30;
    private const int Target = 10;
    private const int Parameters = 100_000;
    private const int Kills = 7;
    private const double GoalSeconds = 2;

    private static readonly TimeSpan OnTheWay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public override string Name => "failover";

    protected override async Task<IReadOnlyList<Measurement>> RunAsync(PostgresServer postgres, CancellationToken cancellationToken)
    {
        var update = await SyntheticModel.UpdateAsync(Parameters, cancellationToken);
        await using var cluster = await ServerCluster.StartAsync(postgres, Servers, cancellationToken);
        var (afterKill, afterDeath) = (new List<double>(), new List<double>());

        for (var kill = 0; kill < Kills; kill++)
        {
            var (fromKill, fromDeath) = await KillAsync(cluster, update, kill, cancellationToken);
            Console.Error.WriteLine($"  {fromKill:F2} s from the kill, {fromDeath:F2} s of them after the death is known");
            afterKill.Add(fromKill);
            afterDeath.Add(fromDeath);
            await cluster.AddAsync(cancellationToken);
        }

        return
        [
            Measurement.Report("kill -9 of the server that has the round, to the next acknowledged update, p50", Stopwatches.Median(afterKill), "s"),
            Measurement.Report("the same, longest of 7", afterKill.Max(), "s"),
            Measurement.Report("death known to the next acknowledged update, p50", Stopwatches.Median(afterDeath), "s"),
            Measurement.Limit("the same, longest of 7", afterDeath.Max(), "s", GoalSeconds),
        ];
    }

    private static async Task<(double FromKill, double FromDeath)> KillAsync(ServerCluster cluster, byte[] update, int number, CancellationToken cancellationToken)
    {
        // An organization for each, so that none waits for devices of an earlier one.
        var model = $"failover-{number}";
        await using var owner = await cluster.Servers[0].ForNewOrganizationAsync(model, cancellationToken);
        await owner.PushAsync(model, SyntheticModel.Weights(Parameters), cancellationToken);
        var watch = new Watch(cluster.Servers);
        var connections = cluster.Servers.Select(server => owner.On(server.Process)).ToArray();
        await using var fleet = await DeviceFleet.ConnectAsync(
            Devices,
            index => new SimulatedDevice(connections[index % Servers].Api, owner.ApiKey, $"device-{index}", new PreparedUpdates(_ => update)
            {
                Sending = _ => Task.Delay(Thinking, cancellationToken),
                Counted = _ => watch.Counted(),
            }),
            cancellationToken);
        await owner.StartAsync(
            new StartTrainingRequest { ModelId = model, Rounds = 10_000, MinDevices = Target, MinUpdates = Target, TargetUpdates = Target, OverSelection = 3 }, cancellationToken);

        // In the middle of a round that is not the first.
        await await Task.WhenAny(watch.OpenedAsync(rounds: 5), fleet.Failed).WaitAsync(Patience, cancellationToken);
        await Task.Delay(Thinking / 2, cancellationToken);
        var host = watch.Host;
        var killed = Stopwatch.GetTimestamp();
        await cluster.KillAsync(host);
        var next = await watch.CountedAfterAsync(killed + (long)(OnTheWay.TotalSeconds * Stopwatch.Frequency)).WaitAsync(Patience, cancellationToken);
        var known = await watch.Death.WaitAsync(Patience, cancellationToken);
        Array.ForEach(connections, connection => connection.Api.Dispose());
        return (Stopwatch.GetElapsedTime(killed, next).TotalSeconds, Math.Max(0, Stopwatch.GetElapsedTime(known, next).TotalSeconds));
    }

    /// <summary>What servers say, and what devices are answered.</summary>
    private sealed class Watch
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource<long> _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<long> _counted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TrainingService _host;
        private int _rounds;
        private int _wanted = int.MaxValue;
        private long _after = long.MaxValue;

        public Watch(List<TrainingService> servers)
        {
            _host = servers[0];
            servers.ForEach(server => server.Process.Said += line => Heard(server, line));
        }

        /// <summary>The server that opened the last round.</summary>
        public TrainingService Host
        {
            get
            {
                lock (_gate)
                {
                    return _host;
                }
            }
        }

        /// <summary>When the first server knew of the death.</summary>
        public Task<long> Death => _death.Task;

        public Task OpenedAsync(int rounds)
        {
            lock (_gate)
            {
                _wanted = _rounds + rounds;
            }

            return _opened.Task;
        }

        public Task<long> CountedAfterAsync(long time)
        {
            lock (_gate)
            {
                _after = time;
            }

            return _counted.Task;
        }

        public void Counted()
        {
            lock (_gate)
            {
                if (Stopwatch.GetTimestamp() is var now && now > _after)
                {
                    _counted.TrySetResult(now);
                }
            }
        }

        private void Heard(TrainingService server, string line)
        {
            lock (_gate)
            {
                if (line.Contains("is dead; the open runs are woken", StringComparison.Ordinal))
                {
                    _death.TrySetResult(Stopwatch.GetTimestamp());
                }
                else if (line.Contains(", Train) is open for", StringComparison.Ordinal))
                {
                    _host = server;
                    if (++_rounds >= _wanted)
                    {
                        _opened.TrySetResult();
                    }
                }
            }
        }
    }
}
