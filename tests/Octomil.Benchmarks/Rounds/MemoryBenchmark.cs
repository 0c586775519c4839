using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// The server's resident memory over a round of 200 updates of 10 million parameters, above what it has at rest. It may
/// hold the sums, the budget of update buffers, and what sealing needs; not one byte more for an update more.
/// </summary>
internal sealed class MemoryBenchmark : IBenchmark
{
    private const int Devices = 200;
    private const int Parameters = 10_000_000;
    private const int SmallParameters = 1_000;
    private const double Megabyte = 1e6;
    private const double SumsBytes = Parameters * (double)sizeof(long);
    private const double WeightsBytes = Parameters * (double)sizeof(float);

    // The service's default, Octomil:Rounds:BufferBudgetBytes.
    private const double BudgetBytes = 512L << 20;

    public string Name => "memory";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var (small, update) = (await SyntheticModel.UpdateAsync(SmallParameters, cancellationToken), await SyntheticModel.UpdateAsync(Parameters, cancellationToken));
        await using var service = await TrainingService.StartAsync(cancellationToken);
        await service.PushAsync("small", SyntheticModel.Weights(SmallParameters), cancellationToken);
        await service.PushAsync("large", SyntheticModel.Weights(Parameters), cancellationToken);
        var (peaks, counted) = (new double[Devices], 0);
        await using var fleet = await DeviceFleet.ConnectAsync(
            Devices,
            index => new SimulatedDevice(service.Api, TrainingService.Key, $"device-{index}", new PreparedUpdates(assignment => assignment.Model == "small" ? small : update)
            {
                Counted = assignment => peaks[assignment.Model == "small" ? 0 : Interlocked.Increment(ref counted) - 1] = service.Process.PeakBytes,
            }),
            cancellationToken);

        // What a server has that is at rest after work, not one that was never used.
        await RunAsync(service, fleet, "small", cancellationToken);
        service.Process.ForgetPeak();
        var idle = service.Process.ResidentBytes;
        await RunAsync(service, fleet, "large", cancellationToken);

        var above = (service.Process.PeakBytes - idle) / Megabyte;
        var bound = (SumsBytes + BudgetBytes + (2 * WeightsBytes)) / Megabyte;
        return
        [
            Measurement.Report("server memory when idle", idle / Megabyte, "MB"),
            Measurement.AtMost("server memory, 200 updates of 40 MB, peak above idle, to the bound", above, "MB", bound, 1),
            Measurement.AtMost("the same after 200 updates, to after 50", (peaks[^1] - idle) / Megabyte, "MB", (peaks[49] - idle) / Megabyte, 1.1),
        ];
    }

    private static async Task RunAsync(TrainingService service, DeviceFleet fleet, string model, CancellationToken cancellationToken)
    {
        await service.StartAsync(
            new StartTrainingRequest { ModelId = model, Rounds = 1, MinDevices = Devices, MinUpdates = Devices, RoundTimeoutSeconds = 1200 }, cancellationToken);
        await await Task.WhenAny(service.WaitAsync(model, cancellationToken), fleet.Failed);
    }
}
