using System.Globalization;
using Octomil.DeviceSimulator.Fleet;
using Octomil.DeviceSimulator.Histories;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Schedules;

/// <summary>One run of 200 simulated devices while a schedule does its worst, and the check of what came of it.</summary>
internal sealed class SeededRun(FaultCluster cluster, FaultSchedule schedule, Action<string> say)
{
    private const int Devices = 200;
    private const int Target = 120;
    private const int Fewest = 60;

    // A round that opens while most devices are still on their way back could not reach its target.
    private const int Present = 150;

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(2_000);

    /// <summary>The SHA-256 of all weights that the model's versions have.</summary>
    /// <exception cref="InvalidOperationException">A promise was broken; the message says which, how to repeat it, and where the logs are.</exception>
    public async Task<string[]> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory($"octomil-faults-{schedule.Seed}-");

        try
        {
            var weights = await RunAsync(folder.FullName, cancellationToken);
            folder.Delete(recursive: true);
            return weights;
        }
        catch (Exception exception)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "servers.log"), cluster.Log(), CancellationToken.None);
            throw new InvalidOperationException(
                $"With {schedule}:\n{exception.Message}\nOnce more: OCTOMIL_FAULT_SEEDS={schedule.Seed} scripts/test --filter-class '*{nameof(FaultScheduleTests)}'. Its history, its progress and the servers' log are in {folder.FullName}.",
                exception);
        }
    }

    private async Task<string[]> RunAsync(string folder, CancellationToken cancellationToken)
    {
        using var tenant = await Tenant.CreateAsync(cluster.Servers[0], cancellationToken);
        await tenant.PushAsync(Layout, cancellationToken);
        var gate = new RunGate(schedule);
        var options = Options(tenant.Key, Path.Combine(folder, "history.jsonl")) with { BeforeAnswer = gate.PassAsync };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var faults = new FaultInjector(cluster, schedule, gate, say).RunAsync(stop.Token);
        await using var progress = new StreamWriter(Path.Combine(folder, "progress.log")) { AutoFlush = true };
        var simulation = new Simulation(options, progress).RunAsync(stop.Token);

        // A fault that could not be made would hold the devices for ever, and a run that ended early leaves faults without their rounds.
        if (await Task.WhenAny(faults, simulation) == faults ? !faults.IsCompletedSuccessfully : !gate.IsPassed)
        {
            await stop.CancelAsync();
            await Task.WhenAny(Task.WhenAll(faults, simulation));
        }

        if (faults.IsFaulted || gate.IsPassed)
        {
            await faults;
        }

        await simulation;
        return await CheckAsync(options, cancellationToken);
    }

    private SimulationOptions Options(string key, string history)
    {
        var buffered = schedule.Strategy == "fedbuff";
        return new SimulationOptions
        {
            Servers = [cluster.Address],
            Keys = [key],
            Model = Tenant.Model,
            Devices = Devices,
            Seed = schedule.Seed,
            Think = new ThinkTime(ThinkShape.Uniform, 0.1, 0.8),
            DropOut = 0.05,
            Duplicates = 0.1,
            SlowShare = 0.02,
            SlowBytesPerSecond = 8_000,
            Poll = TimeSpan.FromSeconds(5),
            Rounds = FaultSchedule.Rounds,
            Strategy = schedule.Strategy,
            StrategyParams = buffered ? new Dictionary<string, string> { ["buffer"] = Target.ToString(CultureInfo.InvariantCulture) } : null,
            TargetUpdates = buffered ? null : Target,
            MinUpdates = Fewest,
            MinDevices = Present,
            RoundTimeoutSeconds = 90,
            Duration = Wait.Patience * 2,
            HistoryFile = history,
        };
    }

    private async Task<string[]> CheckAsync(SimulationOptions options, CancellationToken cancellationToken)
    {
        var history = await HistoryReader.ReadAsync(options.HistoryFile, cancellationToken).ToListAsync(cancellationToken);
        var verdict = HistoryChecker.Check(history, await File.ReadAllBytesAsync(options.BaseFile, cancellationToken));
        var end = history[^1];
        Assert.True(end.Run?.Status == "COMPLETED", $"The run is {end.Run?.Status} in round {end.Run?.CurrentRound}: {end.Run?.Reason}");
        Assert.True(verdict.Violations.Count == 0, string.Join('\n', verdict.Violations.Take(20)));
        Assert.True(verdict.Unverified.Count == 0, string.Join('\n', verdict.Unverified));
        Assert.Equal((FaultSchedule.Rounds, FaultSchedule.Rounds), (verdict.PublishedRounds, verdict.RecomputedRounds));
        Assert.True(verdict.Acknowledged >= FaultSchedule.Rounds * Fewest, $"Only {verdict.Acknowledged} updates were acknowledged.");
        using var summary = new StringWriter();
        await HistorySummary.WriteAsync(history, verdict, summary);
        say(summary.ToString().TrimEnd());
        return [.. end.Versions!.Select(version => version.Sha256!)];
    }
}
