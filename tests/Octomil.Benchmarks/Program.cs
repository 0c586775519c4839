using Octomil.Benchmarks;

const int UsageError = 4;
if (args is [ReferenceServer.Command, ..])
{
    await ReferenceServer.RunAsync(args);
    return 0;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

if (BenchmarkOptions.Parse(args) is not { } options)
{
    return UsageError;
}

IBenchmark[] benchmarks =
[
    new FoldBenchmark(), new NoiseBenchmark(), new PrivacyBenchmark(options.SvgFile), new LedgerBenchmark(),
    new UpdateReaderBenchmark(), new WeightsFileBenchmark(),
    new PutBenchmark(), new RoundBenchmark(), new NextPushBenchmark(), new MemoryBenchmark(),
    new QualityBenchmark(), new StorageBenchmark(),
    new CohortBenchmark(), new DevicesBenchmark(), new VersionSwitchBenchmark(), new IngestBenchmark(), new FlushBenchmark(),
    new ServeBenchmark(), new SilosBenchmark(), new FailoverBenchmark(), new WakingBenchmark(), new DatabaseBenchmark(),
];

var chosen = Array.FindAll(benchmarks, benchmark => options.Only is null || benchmark.Name == options.Only);
if (chosen.Length == 0)
{
    Console.Error.WriteLine($"There is no benchmark '{options.Only}'. There are: {string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}.");
    return UsageError;
}

var measurements = new List<Measurement>();
foreach (var benchmark in chosen)
{
    Console.Error.WriteLine($"Running {benchmark.Name} ...");
    measurements.AddRange(await benchmark.RunAsync(stop.Token));
}

Report.Print(measurements);
if (options.JsonFile is not null)
{
    await Report.WriteAsync(options.JsonFile, measurements, stop.Token);
}

return 0;
