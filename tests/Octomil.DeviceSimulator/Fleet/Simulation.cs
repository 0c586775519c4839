using Octomil.Client.Http;
using Octomil.DeviceSimulator.Histories;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>Simulated devices against running servers, from the first registration to the history of what they were told.</summary>
internal sealed class Simulation(SimulationOptions options, TextWriter progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Report = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    /// <summary>Runs until the run is over that it started, or the duration is.</summary>
    /// <exception cref="OctomilException">A server refused what a device or a tenant may do.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var servers = new SimulatedServers(options.Servers, options.Keys);
        await using var history = new HistoryWriter(new FileStream(options.HistoryFile, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16, useAsync: true));
        history.Record(new HistoryEvent
        {
            Kind = HistoryKinds.Start, Seed = options.Seed, Devices = options.Devices, Model = options.Model, BaseFile = Path.GetFileName(options.BaseFile),
        });
        var participant = new SeededParticipant(options, servers, history);
        await using (var fleet = new DeviceFleet([.. Enumerable.Range(0, options.Devices).Select(index => Device(index, servers, participant))], options.Poll, options.AtOnce))
        {
            await fleet.StartAsync(cancellationToken);
            await progress.WriteLineAsync($"{options.Devices} devices are connected.");
            await StartRunAsync(servers, cancellationToken);
            using var duration = new CancellationTokenSource(options.Duration);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(duration.Token, cancellationToken);
            var over = WatchAsync(servers, fleet, linked.Token);
            await await Task.WhenAny(Task.WhenAll(over, StormAsync(fleet, history, over, linked.Token)), fleet.Failed);
        }

        await new HistoryFacts(options, servers).RecordAsync(participant.Rounds, history, Settling, cancellationToken);
    }

    private SimulatedDevice Device(int index, SimulatedServers servers, SeededParticipant participant)
    {
        var key = options.Keys[index % options.Keys.Count];
        return new SimulatedDevice(servers.Of(index / options.Keys.Count, key), key, $"{options.Prefix}-{index}", participant);
    }

    private Task StartRunAsync(SimulatedServers servers, CancellationToken cancellationToken) => options.Rounds is not { } rounds
        ? Task.CompletedTask
        : servers.First(options.Keys[0]).SendAsync<StartTrainingResponse>(
            HttpMethod.Post,
            "training/sessions",
            new StartTrainingRequest
            {
                ModelId = options.Model,
                Federation = options.Federation,
                Strategy = options.Strategy,
                Params = options.StrategyParams,
                Rounds = rounds,
                MinDevices = options.MinDevices ?? options.MinUpdates ?? options.Devices,
                MinUpdates = options.MinUpdates ?? options.Devices,
                TargetUpdates = options.TargetUpdates,
                RoundTimeoutSeconds = options.RoundTimeoutSeconds,
            },
            cancellationToken);

    // Ends with the run that was started here, or with the duration.
    private async Task WatchAsync(SimulatedServers servers, DeviceFleet fleet, CancellationToken cancellationToken)
    {
        var reported = DateTimeOffset.UtcNow;
        while (true)
        {
            try
            {
                await Task.Delay(Pause, cancellationToken);
                var run = await servers.First(options.Keys[0]).GetTrainingStatusAsync(options.Model, cancellationToken);
                if (DateTimeOffset.UtcNow - reported > Report)
                {
                    reported = DateTimeOffset.UtcNow;
                    await progress.WriteLineAsync(
                        $"{run.Status}, round {run.CurrentRound} of {run.TotalRounds}, {run.Contributions.Sum(part => part.Updates)} of {run.Contributions.Sum(part => part.Selected)} updates; {fleet.Connected} devices are connected. {run.Reason} {fleet.LastFailure}".TrimEnd());
                }

                if (options.Rounds is not null && run.Status is not ("PENDING" or "IN_PROGRESS"))
                {
                    return;
                }
            }
            catch (OctomilException exception) when (exception.IsTransient || exception.Code == ErrorCodes.NoRun)
            {
                // A server that is away comes back, and somebody may start a run yet.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task StormAsync(DeviceFleet fleet, HistoryWriter history, Task over, CancellationToken cancellationToken)
    {
        while (options.StormEvery is { } every)
        {
            await Task.WhenAny(over, Task.Delay(every, cancellationToken));
            if (over.IsCompleted || cancellationToken.IsCancellationRequested)
            {
                return;
            }

            history.Record(new HistoryEvent { Kind = HistoryKinds.Storm, Devices = fleet.Connected });
            fleet.Storm();
        }
    }
}
