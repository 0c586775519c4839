using System.Diagnostics;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>One round that takes many updates, so many at a time, each acknowledged before its sender's next.</summary>
internal sealed class Ingest(TrainingService server, int parameters, int updates, int uploaders) : IDisposable
{
    private readonly SemaphoreSlim _lines = new(uploaders);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _assigned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>The seconds from the first byte to the last acknowledgement.</summary>
    public async Task<double> RunAsync(byte[] update, Action begun, CancellationToken cancellationToken)
    {
        var model = $"ingest-{parameters}-{uploaders}";

        // Its devices are the only ready ones: the round waits for all of its cohort.
        await using var service = await server.ForNewOrganizationAsync(model, cancellationToken);
        await service.PushAsync(model, SyntheticModel.Weights(parameters), cancellationToken);
        var (counted, done) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var participant = new PreparedUpdates(_ => update)
        {
            ReadsBase = false,
            Sending = _ => WaitAsync(),
            Counted = _ =>
            {
                _lines.Release();
                if (Interlocked.Increment(ref counted) == updates)
                {
                    done.SetResult();
                }
            },
        };
        await using var fleet = await DeviceFleet.ConnectAsync(
            updates, index => new SimulatedDevice(service.Api, service.ApiKey, $"{model}-{index}", participant), cancellationToken);
        await service.StartAsync(
            new StartTrainingRequest { ModelId = model, Rounds = 1, MinDevices = updates, MinUpdates = updates }, cancellationToken);
        await await Task.WhenAny(_assigned.Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken), fleet.Failed);
        var started = Stopwatch.GetTimestamp();
        begun();
        _go.SetResult();
        await await Task.WhenAny(done.Task, fleet.Failed);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await service.WaitAsync(model, cancellationToken);
        return seconds;
    }

    public void Dispose() => _lines.Dispose();

    private async Task WaitAsync()
    {
        if (Interlocked.Increment(ref _waiting) == updates)
        {
            _assigned.SetResult();
        }

        await _go.Task;
        await _lines.WaitAsync();
    }
}
