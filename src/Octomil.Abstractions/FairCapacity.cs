namespace Octomil;

/// <summary>
/// Waiting for a part of a shared capacity: <see cref="FairShares"/> decides, the organization that holds least is served first, and within
/// an organization whoever came first. Who waits is bounded, in number and in time.
/// </summary>
/// <param name="capacity">In any unit.</param>
/// <param name="longestQueue">The most requests of one organization that wait.</param>
/// <param name="clock">Measures how long they do.</param>
public sealed class FairCapacity(long capacity, int longestQueue, TimeProvider clock)
{
    // Longer than anybody is told to stay away.
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly FairShares _shares = new(capacity, Claim);
    private readonly Dictionary<string, LinkedList<Waiter>> _waiting = new(StringComparer.Ordinal);

    /// <summary>What is taken now, by all.</summary>
    public long Taken
    {
        get
        {
            lock (_gate)
            {
                return _shares.Taken;
            }
        }
    }

    /// <summary>True once the amount is taken; false where it was not to be had within the patience, or too many wait for it already.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up; nothing is taken.</exception>
    public ValueTask<bool> TakeAsync(string organization, long amount, TimeSpan patience, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var queue = _waiting.GetValueOrDefault(organization);
            if (queue is null && _shares.TryTake(organization, amount, now))
            {
                return ValueTask.FromResult(true);
            }

            if (patience <= TimeSpan.Zero || queue?.Count >= longestQueue)
            {
                _shares.TurnedAway(organization, now);
                return ValueTask.FromResult(false);
            }

            return new ValueTask<bool>(WaitAsync(Enqueue(organization, amount), patience, cancellationToken));
        }
    }

    /// <summary>Gives back what was taken, to whoever may have it.</summary>
    public void Return(string organization, long amount)
    {
        lock (_gate)
        {
            _shares.Return(organization, amount);
            Serve();
        }
    }

    private LinkedListNode<Waiter> Enqueue(string organization, long amount)
    {
        if (!_waiting.TryGetValue(organization, out var queue))
        {
            _waiting[organization] = queue = [];
        }

        _shares.Wait(organization);
        return queue.AddLast(new Waiter(organization, amount));
    }

    private async Task<bool> WaitAsync(LinkedListNode<Waiter> place, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await place.Value.Served.Task.WaitAsync(patience, clock, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            // It may have been served in the same moment.
            return !Leave(place, turnedAway: true);
        }
        catch (OperationCanceledException)
        {
            if (!Leave(place, turnedAway: false))
            {
                Return(place.Value.Organization, place.Value.Amount);
            }

            throw;
        }
    }

    // False: it was served already.
    private bool Leave(LinkedListNode<Waiter> place, bool turnedAway)
    {
        lock (_gate)
        {
            if (place.List is not { } queue)
            {
                return false;
            }

            var organization = place.Value.Organization;
            Dequeue(organization, queue, place);
            if (turnedAway)
            {
                _shares.TurnedAway(organization, clock.GetUtcNow());
            }

            // What it was first in line for may suit others.
            Serve();
            return true;
        }
    }

    private void Serve()
    {
        while (_waiting.Count > 0 && ServeOne())
        {
        }
    }

    private bool ServeOne()
    {
        var now = clock.GetUtcNow();
        foreach (var (organization, queue) in _waiting.OrderBy(pair => _shares.Held(pair.Key)).ToList())
        {
            var first = queue.First!;
            if (_shares.TryTake(organization, first.Value.Amount, now))
            {
                Dequeue(organization, queue, first);
                first.Value.Served.SetResult();
                return true;
            }
        }

        return false;
    }

    private void Dequeue(string organization, LinkedList<Waiter> queue, LinkedListNode<Waiter> place)
    {
        queue.Remove(place);
        _shares.StopWaiting(organization);
        if (queue.Count == 0)
        {
            _waiting.Remove(organization);
        }
    }

    private sealed record Waiter(string Organization, long Amount)
    {
        public TaskCompletionSource Served { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
