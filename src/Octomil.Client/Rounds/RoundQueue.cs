using Octomil.Client.Connections;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>
/// What waits for this device, one round at a time, the earliest deadline first. The service lists a round as long as it needs this
/// device, so whatever is listed is done, also a round that was answered before; only a listing that was asked for before an answer
/// says nothing about it. A push is only a hint. Safe for concurrent use.
/// </summary>
/// <param name="accepts">Which rounds this device can and wants to do.</param>
/// <param name="serverClock">The time in which deadlines are given.</param>
/// <param name="clock">Spaces the tries of a round that fails here.</param>
internal sealed class RoundQueue(Func<RoundAssignmentMessage, bool> accepts, ServerClock serverClock, TimeProvider clock) : IDisposable
{
    // Listings are not one snapshot of a running service: one without a round may be a moment's hiccup.
    private const int MissingIsClosed = 2;
    private const int RememberedRounds = 64;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (RoundAssignmentMessage Assignment, long OfferedAt)> _waiting = [];
    private readonly Dictionary<string, Answer> _answers = [];
    private readonly SemaphoreSlim _offered = new(0);
    private RoundWork? _current;
    private long _events;

    /// <summary>Call before asking for a listing, and hand the number in with the listing.</summary>
    public long Ask() => Interlocked.Increment(ref _events);

    /// <summary>Takes a complete listing.</summary>
    public void OfferListed(IReadOnlyList<RoundAssignmentMessage> listed, long askedAt)
    {
        lock (_gate)
        {
            foreach (var gone in _waiting.Where(entry => entry.Value.OfferedAt < askedAt && !Holds(listed, entry.Key)).ToList())
            {
                _waiting.Remove(gone.Key);
            }

            foreach (var round in listed.Where(round => !IsDoneSince(round.RoundId, askedAt)))
            {
                Add(round, askedAt);
            }

            CountMissing(listed, askedAt);
        }
    }

    /// <summary>Takes a pushed round. False if only a listing can tell whether it is still needed.</summary>
    public bool OfferPushed(RoundAssignmentMessage round)
    {
        lock (_gate)
        {
            if (_answers.ContainsKey(round.RoundId))
            {
                return false;
            }

            Add(round, Ask());
            return true;
        }
    }

    /// <summary>The round closed: it is no longer waited for, and what is done for it is in vain.</summary>
    public void Close(string roundId, string outcome)
    {
        lock (_gate)
        {
            _waiting.Remove(roundId);
            if (_current?.Assignment.RoundId == roundId)
            {
                _current.Close(outcome);
            }
        }
    }

    /// <summary>Waits for a round and makes it the current one. <see cref="Finish"/> must follow.</summary>
    public async Task<RoundWork> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (Next() is { } next)
                {
                    _waiting.Remove(next.RoundId);
                    return _current = new RoundWork(next, Ask());
                }
            }

            await _offered.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends the current round.</summary>
    /// <param name="work">The round.</param>
    /// <param name="failed">It could not be answered from here: listed again it is tried again, after a pause that grows.</param>
    public void Finish(RoundWork work, bool failed)
    {
        lock (_gate)
        {
            _current = null;
            var failures = failed ? _answers.GetValueOrDefault(work.Assignment.RoundId).Failures + 1 : 0;
            var pause = failed ? FirstPause * Math.Pow(2, Math.Min(failures - 1, 5)) : TimeSpan.Zero;
            if (_answers.Count >= RememberedRounds)
            {
                _answers.Remove(_answers.MinBy(answer => answer.Value.At).Key);
            }

            _answers[work.Assignment.RoundId] = new Answer(Ask(), failures, clock.GetUtcNow() + pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _offered.Dispose();

    private bool IsDoneSince(string roundId, long askedAt) =>
        _answers.TryGetValue(roundId, out var answer) && (answer.At > askedAt || clock.GetUtcNow() < answer.NotBefore);

    private void Add(RoundAssignmentMessage round, long offeredAt)
    {
        if (_current?.Assignment.RoundId != round.RoundId && accepts(round))
        {
            _waiting[round.RoundId] = (round, offeredAt);
            _offered.Release();
        }
    }

    private void CountMissing(IReadOnlyList<RoundAssignmentMessage> listed, long askedAt)
    {
        if (_current is not { IsSending: false } work || askedAt < work.TakenAt)
        {
            return;
        }

        work.Missing = Holds(listed, work.Assignment.RoundId) ? 0 : work.Missing + 1;
        if (work.Missing >= MissingIsClosed)
        {
            work.Close("no longer needs this device");
        }
    }

    private static bool Holds(IReadOnlyList<RoundAssignmentMessage> listed, string roundId) => listed.Any(round => round.RoundId == roundId);

    private RoundAssignmentMessage? Next() => _waiting.Values
        .Select(entry => entry.Assignment)
        .Where(round => round.Deadline > serverClock.Now)
        .MinBy(round => round.Deadline);

    private readonly record struct Answer(long At, int Failures, DateTimeOffset NotBefore);
}
