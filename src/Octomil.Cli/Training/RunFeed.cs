using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Octomil.Training;

/// <summary>
/// Follows one run to its end: by the event stream, reconnecting when that breaks, and by polling each second where there is none.
/// A service that restarts is waited for.
/// </summary>
internal sealed class RunFeed(ApiClient api, TimeProvider time, string model, string? sessionId)
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(1);

    /// <summary>A stream that is silent for so long is asked for proof of life: the connection may be dead.</summary>
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan _longestOutage = TimeSpan.FromMinutes(2);

    /// <summary>How long the status may still be the one of an earlier run.</summary>
    private static readonly TimeSpan _handover = TimeSpan.FromSeconds(30);

    private string? _sessionId = sessionId;
    private long _lastContact = time.GetTimestamp();
    private long _lastOwn = time.GetTimestamp();

    // Whoever started the run has reached the service; a first contact that fails is the user's mistake and is said at once.
    private bool _reached = sessionId is not null;
    private bool _streams = true;

    public async Task<TrainingStatusResponse> FollowAsync(IRunObserver observer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var last = await FollowStreamAsync(observer, cancellationToken) ?? await PollAsync(observer, cancellationToken);
                if (last is not null)
                {
                    return last;
                }
            }
            catch (CommandFailureException lost) when (MayPass(lost))
            {
                observer.Lost(lost.Message);
            }

            await Task.Delay(_pollInterval, time, cancellationToken);
        }
    }

    /// <summary>The last status, or null when the stream ended before the run did.</summary>
    private async Task<TrainingStatusResponse?> FollowStreamAsync(IRunObserver observer, CancellationToken cancellationToken)
    {
        if (!_streams)
        {
            return null;
        }

        using var guard = new StallGuard(_silence, time, cancellationToken);
        try
        {
            using var response = await api.OpenAsync(TrainingPaths.Events(model), "text/event-stream", guard);
            _streams = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
            return _streams ? await ReadAsync(response, guard, observer) : null;
        }
        catch (CommandFailureException ended) when (ended.Status is null || !MayPass(ended))
        {
            // Broken or silent: the poll that follows tells which, and the stream is tried again. Refused: polling is what remains.
            _streams = ended.Status is null;
            return null;
        }
        catch (JsonException)
        {
            _streams = false;
            return null;
        }
    }

    private Task<TrainingStatusResponse?> ReadAsync(HttpResponseMessage response, StallGuard guard, IRunObserver observer) =>
        api.TranslateAsync<TrainingStatusResponse?>(guard, async token =>
        {
            await using var stream = await response.Content.ReadAsStreamAsync(token);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(token))
            {
                guard.Progressed();
                if (item.Data.Length > 0 && JsonSerializer.Deserialize<TrainingStatusResponse>(item.Data, ContractJson.Options) is { } status
                    && Learn(new WatchedStatus(status, item.Data), observer))
                {
                    return status;
                }
            }

            return null;
        });

    private async Task<TrainingStatusResponse?> PollAsync(IRunObserver observer, CancellationToken cancellationToken)
    {
        var answer = await api.GetAsync<TrainingStatusResponse>(TrainingPaths.Status(model), cancellationToken);
        return Learn(new WatchedStatus(answer.Value, answer.Json), observer) ? answer.Value : null;
    }

    /// <summary>Whether this was the last status of the run.</summary>
    private bool Learn(WatchedStatus learned, IRunObserver observer)
    {
        _reached = true;
        _lastContact = time.GetTimestamp();
        _sessionId ??= learned.Status.SessionId;
        if (learned.Status.SessionId != _sessionId)
        {
            // Just started: the answer may still be about the run before. Later: ours is over and we missed how.
            return time.GetElapsedTime(_lastOwn) < _handover
                ? false
                : throw new CommandFailureException(
                    ExitCodes.Refused, $"{_sessionId} is no longer the run of {Printable.Text(model)}; now it is {learned.Status.SessionId}.",
                    "`octomil train list` shows how it ended");
        }

        _lastOwn = time.GetTimestamp();
        observer.Learned(learned);
        return RunStatuses.IsTerminal(learned.Status.Status);
    }

    private bool MayPass(CommandFailureException failure)
    {
        var passing = failure.Status is { } status ? (int)status is >= 500 or 429 : failure.ExitCode is ExitCodes.Connection or ExitCodes.Timeout;
        return passing && _reached && time.GetElapsedTime(_lastContact) < _longestOutage;
    }
}
