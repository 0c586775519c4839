using System.Diagnostics;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// The time from the last needed update to the next round's push, for a model of 100,000 parameters: from the moment a device begins
/// to send the update that the round waits for, to the moment a device hears of the next round. In between the update is received,
/// folded, made durable and registered, the round sealed, the run advanced, and the next round drawn and opened.
/// </summary>
internal sealed class NextPushBenchmark : IBenchmark
{
    private const int Devices = 8;
    private const int Parameters = 100_000;
    private const int WarmUp = 10;
    private const int Rounds = 60;
    private const double GoalMilliseconds = 50;

    private readonly Lock _gate = new();
    private readonly List<double> _milliseconds = [];
    private TaskCompletionSource _othersCounted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _counted;
    private int _round;
    private long _sent;

    public string Name => "next-push";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        const string Model = "benchmark";
        var update = await SyntheticModel.UpdateAsync(Parameters, cancellationToken);
        await using var service = await TrainingService.StartAsync(cancellationToken);
        await service.PushAsync(Model, SyntheticModel.Weights(Parameters), cancellationToken);
        await using var fleet = await DeviceFleet.ConnectAsync(
            Devices,
            index => new SimulatedDevice(service.Api, TrainingService.Key, $"device-{index}", new PreparedUpdates(_ => update)
            {
                Assigned = Assigned,
                Sending = index == 0 ? _ => SendLastAsync() : null,
                Counted = index == 0 ? null : _ => Counted(),
            }),
            cancellationToken);
        await service.StartAsync(
            new StartTrainingRequest { ModelId = Model, Rounds = WarmUp + Rounds, MinDevices = Devices, MinUpdates = Devices }, cancellationToken);
        await await Task.WhenAny(service.WaitAsync(Model, cancellationToken), fleet.Failed);

        var times = _milliseconds[WarmUp..];
        var median = Stopwatches.Median(times);
        return
        [
            Measurement.AtMost("last update to next push, median", median, "ms", GoalMilliseconds, 1),
            Measurement.Report("last update to next push, 95th percentile", times[(int)(times.Count * 0.95)], "ms"),
        ];
    }

    private void Assigned(RoundAssignmentMessage assignment)
    {
        lock (_gate)
        {
            if (assignment.RoundNumber <= _round)
            {
                return;
            }

            if (_round > 0)
            {
                _milliseconds.Add(Stopwatch.GetElapsedTime(_sent).TotalMilliseconds);
            }

            _round = assignment.RoundNumber;
        }
    }

    private void Counted()
    {
        lock (_gate)
        {
            if (++_counted == Devices - 1)
            {
                _othersCounted.SetResult();
            }
        }
    }

    private async Task SendLastAsync()
    {
        await _othersCounted.Task;

        lock (_gate)
        {
            (_counted, _sent) = (0, Stopwatch.GetTimestamp());
            _othersCounted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
