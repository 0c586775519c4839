using System.Diagnostics;
using Orleans.Storage;

namespace Octomil.Benchmarks;

/// <summary>Writes of small states by 256 at a time, each to a grain of its own and each durable before the next.</summary>
internal sealed class StateWriteSpeeds(IGrainStorage storage)
{
    private const int Writers = 256;
    private const int StateBytes = 400;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(6);

    public async Task<IReadOnlyList<Measurement>> MeasureAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var milliseconds = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer, started, cancellationToken), cancellationToken)));
        List<double> all = [.. milliseconds.SelectMany(list => list).Order()];
        return
        [
            Measurement.Report("state writes, 256 writers", all.Count / Measured.TotalSeconds, "writes/s"),
            Measurement.Report("state writes, 256 writers, median", all[all.Count / 2], "ms"),
            Measurement.Report("state writes, 256 writers, p99", all[(int)(all.Count * 0.99)], "ms"),
        ];
    }

    private async Task<List<double>> WriteAsync(int writer, long started, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        var grain = GrainId.Create("benchmark", $"writer_{writer}");
        var state = new GrainState<List<byte>> { State = [.. new byte[StateBytes]] };

        for (var elapsed = TimeSpan.Zero; elapsed < WarmUp + Measured; elapsed = Stopwatch.GetElapsedTime(started))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var begun = Stopwatch.GetTimestamp();
            await storage.WriteStateAsync("state", grain, state);

            if (elapsed >= WarmUp)
            {
                times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        }

        return times;
    }
}
