using System.Diagnostics;
using System.Globalization;

namespace Octomil.Benchmarks;

/// <summary>
/// Updates taken in by group commit (received, checked, folded, durable, registered, acknowledged) beside an endpoint of a server that
/// only drains the same bodies from as many senders.
/// </summary>
internal sealed class IngestBenchmark : IBenchmark
{
    private const double Goal = 0.6;

    // The runtime compiles a method again after it was called some tens of times, and once more after as many calls of that.
    private const int WarmUps = 3;

    private static readonly (int Parameters, int Uploaders, int Updates)[] Cases =
    [
        (1_000_000, 1, 40), (1_000_000, 8, 120), (1_000_000, 64, 256), (10_000_000, 1, 8), (10_000_000, 8, 24), (10_000_000, 64, 64),
    ];

    public string Name => "ingest";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var measurements = new List<Measurement>();

        foreach (var (parameters, uploaders, updates) in Cases)
        {
            var update = await SyntheticModel.UpdateAsync(parameters, cancellationToken);
            await using var reference = await ReferenceServer.StartAsync(parameters, cancellationToken);
            await using var service = await TrainingService.StartAsync(cancellationToken);

            // Draining before and after, so that what slows the machine for a while slows both.
            await DrainAsync(reference, update, uploaders, updates, cancellationToken);
            await reference.CalmAsync(cancellationToken);
            var drained = await DrainAsync(reference, update, uploaders, updates, cancellationToken);

            for (var warmUp = 0; warmUp < WarmUps; warmUp++)
            {
                using var first = new Ingest(service, parameters, Math.Max(uploaders, updates / 4), uploaders + 1 + warmUp);
                await first.RunAsync(update, () => { }, cancellationToken);
                await service.Process.CalmAsync(cancellationToken);
            }

            using var second = new Ingest(service, parameters, updates, uploaders);
            var taken = await second.RunAsync(update, () => { }, cancellationToken);
            drained = (drained + await DrainAsync(reference, update, uploaders, updates, cancellationToken)) / 2;

            var megabytes = updates * (double)update.Length / 1e6;
            var name = string.Create(CultureInfo.InvariantCulture, $"ingest, {parameters / 1e6:0}M parameters, {uploaders} uploaders, to drained");
            measurements.Add(Measurement.Compare(name, megabytes / taken, "MB/s", megabytes / drained, uploaders >= 8 ? Goal : null));
        }

        return measurements;
    }

    private static async Task<double> DrainAsync(ServerProcess server, byte[] update, int uploaders, int updates, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(5) };
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, updates, new ParallelOptions { MaxDegreeOfParallelism = uploaders, CancellationToken = cancellationToken }, async (_, token) =>
        {
            using var content = new ReadOnlyMemoryContent(update);
            using var answer = await http.PutAsync("/update", content, token);
            answer.EnsureSuccessStatusCode();
        });
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
