using System.Collections.Concurrent;
using System.Diagnostics;
using Octomil.DeviceSimulator;
using Octomil.DeviceSimulator.Updates;
using Octomil.Training;

namespace Octomil.Benchmarks;

/// <summary>
/// One PUT of an update of 40 MB over loopback: streamed, checked and folded, beside an endpoint of the same server that only drains
/// the body; and at the service itself, where the answer comes after the commit.
/// </summary>
internal sealed class PutBenchmark : IBenchmark
{
    private const int Parameters = 10_000_000;
    private const int WarmUp = 5;
    private const int Rounds = 25;

    public string Name => "put";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var update = await SyntheticModel.UpdateAsync(Parameters, cancellationToken);
        var (drain, fold) = await CompareAsync(update, cancellationToken);
        var committed = await CommittedAsync(update, cancellationToken);
        var megabytes = update.Length / 1e6;
        return
        [
            Measurement.Compare("PUT of 40 MB, checked and folded, to drained", megabytes / fold, "MB/s", megabytes / drain, 0.8),
            Measurement.Compare("PUT of 40 MB, committed, to drained", megabytes / committed, "MB/s", megabytes / drain),
        ];
    }

    private static async Task<(double Drain, double Fold)> CompareAsync(byte[] update, CancellationToken cancellationToken)
    {
        await using var server = await ReferenceServer.StartAsync(Parameters, cancellationToken);
        using var http = new HttpClient { BaseAddress = server.Address };
        var (drain, fold) = (new List<double>(), new List<double>());

        for (var round = -WarmUp; round < Rounds; round++)
        {
            foreach (var (path, times) in new[] { ("/update", drain), ("/fold", fold) })
            {
                var started = Stopwatch.GetTimestamp();
                using var content = new ReadOnlyMemoryContent(update);
                using var answer = await http.PutAsync(path, content, cancellationToken);
                answer.EnsureSuccessStatusCode();

                if (round >= 0)
                {
                    times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                }
            }
        }

        return (Stopwatches.Median(drain), Stopwatches.Median(fold));
    }

    // Rounds of one device: every PUT is a commit of its own.
    private static async Task<double> CommittedAsync(byte[] update, CancellationToken cancellationToken)
    {
        const string Model = "benchmark";
        await using var service = await TrainingService.StartAsync(cancellationToken);
        await service.PushAsync(Model, SyntheticModel.Weights(Parameters), cancellationToken);
        var (sent, seconds) = (new ConcurrentDictionary<string, long>(), new List<double>());
        await using var fleet = await DeviceFleet.ConnectAsync(
            1,
            index => new SimulatedDevice(service.Api, TrainingService.Key, "device", new PreparedUpdates(_ => update)
            {
                Sending = assignment => Task.FromResult(sent[assignment.RoundId] = Stopwatch.GetTimestamp()),
                Counted = assignment => seconds.Add(Stopwatch.GetElapsedTime(sent[assignment.RoundId]).TotalSeconds),
            }),
            cancellationToken);
        await service.StartAsync(
            new StartTrainingRequest { ModelId = Model, Rounds = WarmUp + Rounds, MinDevices = 1, MinUpdates = 1 }, cancellationToken);
        await await Task.WhenAny(service.WaitAsync(Model, cancellationToken), fleet.Failed);
        return Stopwatches.Median(seconds[WarmUp..]);
    }
}
