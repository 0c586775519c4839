using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Octomil.Training;

/// <summary>
/// Publishes what people watch. One stream for each run; every item is the whole status, so a watcher that misses some is right
/// again with the next.
/// </summary>
internal sealed partial class RunEvents(IServiceProvider services, TimeProvider clock, ILogger<RunEvents> logger)
{
    /// <summary>The stream namespace; the key is the run's id.</summary>
    public const string Namespace = "runs";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>False where the run's last progress was told a moment ago; openings and closings are always told.</summary>
    public bool IsDue(string runId) => !_last.TryGetValue(runId, out var last) || clock.GetElapsedTime(last) >= Pace;

    /// <summary>Does not wait: whoever watches, the run goes on.</summary>
    public void Publish(RunStatus status)
    {
        _last[status.RunId] = clock.GetTimestamp();

        if (status.EndedAt is not null)
        {
            _last.TryRemove(status.RunId, out _);
        }

        _ = PublishAsync(status);
    }

    private async Task PublishAsync(RunStatus status)
    {
        try
        {
            var provider = services.GetRequiredKeyedService<IStreamProvider>(StorageNames.RunEvents);
            await provider.GetStream<RunStatus>(StreamId.Create(Namespace, status.RunId)).OnNextAsync(status);
        }
        catch (Exception exception)
        {
            LogEventLost(logger, exception, status.RunId);
        }
    }
}
