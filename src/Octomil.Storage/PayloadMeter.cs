using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Octomil.Storage;

/// <summary>
/// How many bytes the store of payloads holds, looked at from time to time: a scrape must not wait for a listing. Servers that share a
/// store all say the same.
/// </summary>
internal sealed partial class PayloadMeter : BackgroundService
{
    public const string Name = "octomil.payloads";

    private readonly IPayloadInventory _payloads;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Meter _meter;
    private volatile PayloadBytes? _stored;

    public PayloadMeter(IPayloadInventory payloads, IOptions<StorageOptions> options, TimeProvider clock, IMeterFactory meters, ILogger<PayloadMeter> logger)
    {
        (_payloads, _interval, _clock, _logger) = (payloads, options.Value.MeasureInterval, clock, logger);
        _meter = meters.Create(Name);
        _meter.CreateObservableGauge("octomil.payloads.stored", Observe, "By", "Bytes of stored payloads, when they were last looked at.");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _clock);

        do
        {
            try
            {
                _stored = await _payloads.MeasureAsync(stoppingToken);
            }
            catch (StorageUnavailableException exception)
            {
                // What was seen last stays; health says that storage is away.
                LogNotMeasured(_logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Observe() => _stored is { } stored
        ? [new(stored.Weights, Kind("weights")), new(stored.Checkpoints, Kind("checkpoints"))]
        : [];

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);

    [LoggerMessage(3080, LogLevel.Warning, "Stored payloads were not measured; it is tried again later.")]
    private static partial void LogNotMeasured(ILogger logger, Exception exception);
}
