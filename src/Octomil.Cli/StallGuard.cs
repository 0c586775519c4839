namespace Octomil;

/// <summary>Cancels work that shows no progress for a while, and knows that it was this and not the user who cancelled.</summary>
internal sealed class StallGuard : IDisposable
{
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _user;

    public StallGuard(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        Patience = patience;
        _user = cancellationToken;
        _patience = new CancellationTokenSource(patience, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token, cancellationToken);
    }

    public TimeSpan Patience { get; }
    public CancellationToken Token => _either.Token;
    public bool Stalled => _patience.IsCancellationRequested && !_user.IsCancellationRequested;

    public void Progressed() => _patience.CancelAfter(Patience);

    public void Dispose()
    {
        _either.Dispose();
        _patience.Dispose();
    }
}
