using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Octomil.Deployments;

/// <summary>Writes reports in batches: while one is being written the next gathers.</summary>
internal sealed partial class VersionReportWriter(IVersionReports reports, ILogger<VersionReportWriter> logger) : BackgroundService, IVersionReportWriter
{
    private const int BatchSize = 1000;

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(20_000) { SingleReader = true });

    public async Task WriteAsync(VersionReport report, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(report, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await _waiting.Writer.WriteAsync(waiting, cancellationToken);
        await waiting.Written.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await WriteBatchAsync(TakeBatch(), stoppingToken);
            }
        }
        finally
        {
            _waiting.Writer.Complete();

            while (_waiting.Reader.TryRead(out var left))
            {
                left.Written.TrySetCanceled(CancellationToken.None);
            }
        }
    }

    private List<Waiting> TakeBatch()
    {
        var batch = new List<Waiting>();

        while (batch.Count < BatchSize && _waiting.Reader.TryRead(out var waiting))
        {
            batch.Add(waiting);
        }

        return batch;
    }

    private async Task WriteBatchAsync(List<Waiting> batch, CancellationToken cancellationToken)
    {
        try
        {
            // Of one device's words on one model the last: a row may be written once in a statement.
            var last = batch.GroupBy(waiting => (waiting.Report.OrganizationId, waiting.Report.ModelId, waiting.Report.DeviceIdentifier)).Select(same => same.Last().Report);
            await reports.UpsertAsync([.. last], cancellationToken);
            batch.ForEach(waiting => waiting.Written.TrySetResult());
        }
        catch (Exception exception)
        {
            // Each of them is told, and reports again.
            LogBatchLost(logger, exception, batch.Count);
            batch.ForEach(waiting => waiting.Written.TrySetException(exception));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    [LoggerMessage(2420, LogLevel.Warning, "{Count} reports of versions could not be written; their devices report again.")]
    private static partial void LogBatchLost(ILogger logger, Exception exception, int count);

    private sealed record Waiting(VersionReport Report, TaskCompletionSource Written);
}
