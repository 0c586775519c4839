using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// Whole rounds over loopback without training, all devices in this process and the server in its own, beside a server that only
/// moves the same bytes and writes and flushes the sums once.
/// </summary>
internal sealed class RoundBenchmark : IBenchmark
{
    private const int WarmUp = 3;

    public string Name => "round";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken) =>
    [
        await MeasureAsync(devices: 32, parameters: 10_000, rounds: 40, goal: null, cancellationToken),
        await MeasureAsync(devices: 16, parameters: 1_000_000, rounds: 15, goal: 1.5, cancellationToken),
        await MeasureAsync(devices: 8, parameters: 10_000_000, rounds: 9, goal: 1.5, cancellationToken),
    ];

    private static async Task<Measurement> MeasureAsync(int devices, int parameters, int rounds, double? goal, CancellationToken cancellationToken)
    {
        var update = await SyntheticModel.UpdateAsync(parameters, cancellationToken);
        await using var referenceServer = await ReferenceServer.StartAsync(parameters, cancellationToken);
        using var reference = new ReferenceRounds(referenceServer, devices, update);
        await using var service = await TrainingService.StartAsync(cancellationToken);

        // Before and after, so that what slows the machine for a while slows both.
        var half = (rounds + 1) / 2;
        var times = (await reference.RunAsync(WarmUp + half, cancellationToken))[WarmUp..];
        var own = await RoundsAsync(service, devices, parameters, rounds, update, cancellationToken);
        times.AddRange(await reference.RunAsync(half, cancellationToken));

        var name = string.Create(CultureInfo.InvariantCulture, $"round, {devices} devices x {parameters * 4 / 1e6:0.##} MB");
        return Measurement.AtMost(name, Stopwatches.Median(own), "s", Stopwatches.Median(times), goal);
    }

    // From the first push of a round to the first push of the next.
    private static async Task<List<double>> RoundsAsync(
        TrainingService service, int devices, int parameters, int rounds, byte[] update, CancellationToken cancellationToken)
    {
        const string Model = "benchmark";
        await service.PushAsync(Model, SyntheticModel.Weights(parameters), cancellationToken);
        var begun = new ConcurrentDictionary<int, long>();
        await using var fleet = await DeviceFleet.ConnectAsync(
            devices,
            index => new SimulatedDevice(service.Api, TrainingService.Key, $"device-{index}", new PreparedUpdates(_ => update)
            {
                Assigned = assignment => begun.TryAdd(assignment.RoundNumber, Stopwatch.GetTimestamp()),
            }),
            cancellationToken);

        await service.StartAsync(
            new StartTrainingRequest { ModelId = Model, Rounds = WarmUp + rounds + 1, MinDevices = devices, MinUpdates = devices }, cancellationToken);
        await await Task.WhenAny(service.WaitAsync(Model, cancellationToken), fleet.Failed);
        return [.. Enumerable.Range(WarmUp + 1, rounds).Select(round => Stopwatch.GetElapsedTime(begun[round], begun[round + 1]).TotalSeconds)];
    }
}
