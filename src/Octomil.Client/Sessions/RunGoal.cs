using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Client.Rounds;
using Octomil.Training;

namespace Octomil.Client.Sessions;

/// <summary>
/// Takes part in one run over one model, from the first round that selects this device until the run ends or enough rounds are done.
/// </summary>
internal sealed class RunGoal(OctomilApi api, ClientSettings settings, LocalModel model, TrainingOptions options, string deviceIdentifier) : ISessionGoal
{
    private static readonly TimeSpan FirstCheck = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastCheck = TimeSpan.FromSeconds(15);
    private readonly Lock _gate = new();
    private readonly List<RoundParticipation> _participations = [];
    private readonly TaskCompletionSource _selected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _sessionId;
    private bool _busy;
    private DateTimeOffset _idleSince;
    private RunEnd _end = new(Ended: false, null);

    public TrainingSummary Summarize()
    {
        lock (_gate)
        {
            return new TrainingSummary
            {
                Model = model.Name,
                SessionId = _sessionId,
                Rounds = [.. _participations],
                RunEnded = _end.Ended,
                RunStatus = _end.Status?.Status,
                NewVersion = _end.Status?.NewVersion,
            };
        }
    }

    public LocalModel? ModelFor(RoundAssignmentMessage round)
    {
        lock (_gate)
        {
            var isOurs = (round.Model == model.Name || round.ModelId == model.Name) && (_sessionId is null || _sessionId == round.SessionId);
            return isOurs && !_enough.Task.IsCompleted ? model : null;
        }
    }

    public void OnStarted(RoundAssignmentMessage round)
    {
        lock (_gate)
        {
            _sessionId ??= round.SessionId;
            _busy = true;
        }

        _selected.TrySetResult();
    }

    public void OnEnded(RoundParticipation participation)
    {
        lock (_gate)
        {
            _busy = false;
            _idleSince = settings.Clock.GetUtcNow();
            _participations.Add(participation);
            if (_participations.Count(round => round is { Kind: RoundKinds.Train, Outcome: RoundOutcome.Accepted }) >= options.Rounds)
            {
                _enough.TrySetResult();
            }
        }

        if (participation.Failure is { } failure && !MayPass(failure))
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    public async Task WatchAsync(DeviceInbox inbox, CancellationToken cancellationToken)
    {
        try
        {
            await _selected.Task.WaitAsync(options.Timeout, settings.Clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new NoRunException(await DescribeNoRunAsync(cancellationToken));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(_enough.Task, WatchRunAsync(inbox, stop.Token));
        await stop.CancelAsync();
        await first;
    }

    // Returns when the run has ended.
    private async Task WatchRunAsync(DeviceInbox inbox, CancellationToken cancellationToken)
    {
        var pause = FirstCheck;
        while (!await HasEndedAsync(cancellationToken))
        {
            var mayHaveEnded = await inbox.RunMayHaveEnded.WaitAsync(settings.Spread(pause), cancellationToken);
            // The service closes a run a moment after its last round.
            pause = mayHaveEnded ? FirstCheck : pause * 2 < LastCheck ? pause * 2 : LastCheck;
        }
    }

    private async Task<bool> HasEndedAsync(CancellationToken cancellationToken)
    {
        if (_busy)
        {
            return false;
        }

        try
        {
            var status = await api.GetTrainingStatusAsync(model.Name, cancellationToken);
            var isOurs = status.SessionId == _sessionId;
            return (!isOurs || status.Status is "COMPLETED" or "STOPPED" or "FAILED") && End(isOurs ? status : null);
        }
        catch (OctomilException exception)
        {
            // Where the key may not read the status, a long silence is all there is.
            var waitsForEver = options.Timeout == Timeout.InfiniteTimeSpan;
            return !waitsForEver && !exception.IsTransient && settings.Clock.GetUtcNow() - _idleSince > options.Timeout && End(null);
        }
    }

    private bool End(TrainingStatusResponse? status)
    {
        lock (_gate)
        {
            _end = new RunEnd(Ended: true, status);
            return true;
        }
    }

    private async Task<string> DescribeNoRunAsync(CancellationToken cancellationToken)
    {
        var what = $"No training run over '{model.Name}' selected {deviceIdentifier} within {Words(options.Timeout)}.";
        try
        {
            var status = await api.GetTrainingStatusAsync(model.Name, cancellationToken);
            return $"{what} Its latest run, {status.SessionId}, is {status.Status}{(status.Reason is { } reason ? $": {reason}" : ".")}";
        }
        catch (OctomilException exception)
        {
            return $"{what} {exception.Detail}";
        }
    }

    private static string Words(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
    };

    private static bool MayPass(Exception failure) => failure is OctomilException { StatusCode: null or >= HttpStatusCode.InternalServerError };

    private sealed record RunEnd(bool Ended, TrainingStatusResponse? Status);
}
