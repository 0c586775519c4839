using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

/// <summary>
/// Writes device rows in batches, off the registration's way. The device's own state is the truth: rows that a crash loses are
/// written again when the device is seen next.
/// </summary>
internal sealed partial class DeviceRowWriter(IDeviceRegistry registry, TimeProvider clock, ILogger<DeviceRowWriter> logger) : BackgroundService
{
    private const int BatchSize = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SeenResolution = TimeSpan.FromMinutes(1);

    private readonly Channel<DeviceRow> _rows = Channel.CreateBounded<DeviceRow>(
        new BoundedChannelOptions(100_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Dictionary<string, DeviceRow> _written = new(StringComparer.Ordinal);

    public void Write(DeviceRow row) => _rows.Writer.TryWrite(row);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _rows.Reader.WaitToReadAsync(stoppingToken))
        {
            var batch = TakeBatch();

            try
            {
                await registry.UpsertAsync(batch, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogBatchLost(logger, exception, batch.Length);

                foreach (var row in batch)
                {
                    _written.Remove(row.Id);
                }
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private ImmutableArray<DeviceRow> TakeBatch()
    {
        var batch = new Dictionary<string, DeviceRow>(StringComparer.Ordinal);

        while (batch.Count < BatchSize && _rows.Reader.TryRead(out var row))
        {
            if (IsNews(row))
            {
                batch[row.Id] = row;
                _written[row.Id] = row;
            }
        }

        if (_written.Count > 100_000)
        {
            _written.Clear();
        }

        return [.. batch.Values];
    }

    // Heartbeats alone, with what they report, change a row once a minute at most.
    private bool IsNews(DeviceRow row) => !_written.TryGetValue(row.Id, out var known)
        || row.LastSeenAt - known.LastSeenAt >= SeenResolution
        || !known.Groups.SetEquals(row.Groups)
        || !known.Facts.SequenceEqual(row.Facts)
        || row with { LastSeenAt = known.LastSeenAt, Groups = known.Groups, Facts = known.Facts, Reported = known.Reported } != known;
}
