namespace Octomil.Benchmarks;

/// <summary>
/// How often the whole server process waits for a disk for an update, counted from outside by strace (fsync, fdatasync), from the
/// first byte sent to the last acknowledgement. Having the system begin to write (sync_file_range) waits for nothing and is not counted.
/// </summary>
internal sealed class FlushBenchmark : IBenchmark
{
    private const int Parameters = 1_000_000;
    private const int Uploaders = 64;
    private const int Updates = 512;
    private const double Goal = 0.2;

    public string Name => "flushes";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists("/usr/bin/strace"))
        {
            Console.Error.WriteLine("flushes: strace is not installed, so nothing is measured.");
            return [];
        }

        var log = Path.GetTempFileName();

        try
        {
            var update = await SyntheticModel.UpdateAsync(Parameters, cancellationToken);
            await using var service = await TrainingService.StartAsync(
                cancellationToken, "/usr/bin/strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o", log);
            using var first = new Ingest(service, Parameters, Uploaders, Uploaders + 1);
            await first.RunAsync(update, () => { }, cancellationToken);
            var before = 0L;
            using var second = new Ingest(service, Parameters, Updates, Uploaders);
            await second.RunAsync(update, () => before = Count(log), cancellationToken);
            var flushes = Count(log) - before;
            return
            [
                Measurement.Limit("flushes to disk for an update, 1M parameters, 64 uploaders", flushes / (double)Updates, "flushes", Goal),
            ];
        }
        finally
        {
            File.Delete(log);
        }
    }

    // A call that another thread's interrupts has two lines; the resumed one is not counted.
    private static long Count(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var count = 0L;
        while (reader.ReadLine() is { } line)
        {
            count += line.Contains("sync", StringComparison.Ordinal) && !line.Contains("resumed>", StringComparison.Ordinal) ? 1 : 0;
        }

        return count;
    }
}
