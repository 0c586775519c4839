using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>A round this device takes part in, from its assignment to its answer.</summary>
internal sealed class RoundWork(RoundAssignmentMessage assignment, long takenAt) : IDisposable
{
    private readonly CancellationTokenSource _closed = new();

    public RoundAssignmentMessage Assignment { get; } = assignment;

    /// <summary>Place among the events of the queue, so that an older listing is told from a newer one.</summary>
    public long TakenAt { get; } = takenAt;

    /// <summary>Cancelled when the round closed.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>published, abandoned, or what was concluded.</summary>
    public string? Outcome { get; private set; }

    /// <summary>The answer is on its way, so that a listing without the round may mean that it was counted.</summary>
    public bool IsSending { get; set; }

    /// <summary>Newer listings that did not hold the round.</summary>
    public int Missing { get; set; }

    public void Close(string outcome)
    {
        Outcome ??= outcome;
        // The training that stops must not run on the caller's thread, which holds the queue.
        _ = _closed.CancelAsync();
    }

    public void Dispose() => _closed.Dispose();
}
