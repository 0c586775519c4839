using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Octomil.Organizations;
using Orleans.Streams;

namespace Octomil.Training;

/// <summary>
/// A run's statuses as server-sent events until it is over. The stream of run events says only that there is news: it may lose
/// some, so the status is read again every few seconds, and what is sent was always read.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "News may come after the watcher has gone; the semaphore holds nothing that needs disposing.")]
internal sealed class RunEventStream(string runId, Caller caller, IClusterClient cluster, TimeProvider clock) : IResult
{
    private static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _news = new(0, int.MaxValue);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var aborted = httpContext.RequestAborted;
        var subscription = await cluster.GetStreamProvider(StorageNames.RunEvents)
            .GetStream<RunStatus>(StreamId.Create("runs", runId))
            .SubscribeAsync((_, _) =>
            {
                _news.Release();
                return Task.CompletedTask;
            });
        try
        {
            httpContext.Response.ContentType = "text/event-stream";
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.Headers["X-Accel-Buffering"] = "no";
            await SendAsync(httpContext.Response, aborted);
        }
        finally
        {
            await subscription.UnsubscribeAsync();
        }
    }

    private async Task SendAsync(HttpResponse response, CancellationToken aborted)
    {
        var last = "";
        var sentAt = clock.GetTimestamp();
        while (await cluster.GetTrainingRun(runId).GetStatusAsync(caller.OrganizationId) is { } run)
        {
            var status = JsonSerializer.Serialize(RunStatusMessages.Of(run), ContractJson.Options);
            if (status != last || clock.GetElapsedTime(sentAt) >= Silence)
            {
                await response.WriteAsync(status == last ? ": still here\n\n" : $"event: status\ndata: {status}\n\n", aborted);
                await response.Body.FlushAsync(aborted);
                (last, sentAt) = (status, clock.GetTimestamp());
            }

            if (RunStatusMessages.IsOver(run.Phase))
            {
                return;
            }

            await _news.WaitAsync(ReadAgain, aborted);
            while (_news.CurrentCount > 0)
            {
                await _news.WaitAsync(aborted);
            }
        }
    }
}
