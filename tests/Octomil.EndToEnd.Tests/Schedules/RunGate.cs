namespace Octomil.EndToEnd.Schedules;

/// <summary>
/// Holds a run and its faults together: a fault learns when its round is reached, and devices answer a round only once the faults of
/// earlier rounds have begun, however long the one before them took.
/// </summary>
internal sealed class RunGate(FaultSchedule schedule)
{
    private readonly TaskCompletionSource[] _reached = [.. Enumerable.Range(0, FaultSchedule.Rounds + 1).Select(_ => NewSource())];
    private readonly Dictionary<FaultStep, TaskCompletionSource> _begun = schedule.Steps.ToDictionary(step => step, _ => NewSource());

    /// <summary>Completes when a device is about to answer the round.</summary>
    public Task ReachedAsync(int round, CancellationToken cancellationToken) => _reached[round].Task.WaitAsync(cancellationToken);

    /// <summary>True once the last round was reached, so that there is nothing more to wait for.</summary>
    public bool IsPassed => _reached[^1].Task.IsCompleted;

    public void Begin(FaultStep step) => _begun[step].TrySetResult();

    /// <summary>What a device waits for before it answers the round.</summary>
    public Task PassAsync(int round, CancellationToken cancellationToken)
    {
        for (var number = 0; number <= round; number++)
        {
            _reached[number].TrySetResult();
        }

        return Task.WhenAll(schedule.Steps.Where(step => step.Round < round).Select(step => _begun[step].Task)).WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
