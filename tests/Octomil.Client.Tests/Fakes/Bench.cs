using Microsoft.Extensions.Logging;

namespace Octomil.Client.Tests.Fakes;

/// <summary>A service and a device that may run for ever against it.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILoggerFactory _loggers;

    private Bench()
    {
        Service = new FakeService(Clock);
        _loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new JournalLogs(Log)));
    }

    public TestClock Clock { get; } = new();

    public FakeService Service { get; }

    public FakeTrainer Trainer { get; } = new();

    public Journal<string> Log { get; } = new("log");

    public FederatedClient Client { get; private set; } = null!;

    public Task Running { get; private set; } = Task.CompletedTask;

    public static async Task<Bench> StartAsync(string? key = FakeService.ApiKey, Action<FederatedClientOptions>? configure = null)
    {
        var bench = new Bench();
        await bench.Service.StartAsync();
        var options = new FederatedClientOptions
        {
            ApiBase = bench.Service.Url.ToString(),
            Clock = bench.Clock,
            Chance = () => 0,
            LoggerFactory = bench._loggers,
        };
        configure?.Invoke(options);
        bench.Client = new FederatedClient(key, "hospital-001", options);
        return bench;
    }

    /// <summary>Starts the device and returns once it is connected.</summary>
    public async Task RunAsync()
    {
        Running = Client.RunAsync(SampleRun.Model, Trainer, _stop.Token);
        await LineAsync("Connected to");
    }

    public Task<string> LineAsync(string part) => Log.NextAsync(line => line.Contains(part, StringComparison.Ordinal), $"a log line with '{part}'");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Client.Dispose();
        await Service.DisposeAsync();
        _loggers.Dispose();
        _stop.Dispose();
    }
}
